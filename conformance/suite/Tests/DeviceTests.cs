using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class DeviceTests
{
    private static readonly (string Name, int Major, int Minor)[] Defaults =
        [("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0)];

    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxDevices",
            Must("devices.available", "Each device listed is there, of its type and number, wherever its path leads.", box =>
            {
                Answers answers = box.Run(b =>
                {
                    Device(b, "c", "/dev/mine", 1, 3);
                    Device(b, "c", "/elsewhere/mine", 1, 5);
                    Device(b, "b", "/dev/block", 7, 200);
                    Device(b, "p", "/dev/pipe");
                    Device(b, "u", "/dev/unbuffered", 1, 9);
                }, "stat /dev/mine", "stat /elsewhere/mine", "stat /dev/block", "stat /dev/pipe", "stat /dev/unbuffered");
                Is(answers[0], "/dev/mine", "c", 1, 3);
                Is(answers[1], "/elsewhere/mine", "c", 1, 5);
                Is(answers[2], "/dev/block", "b", 7, 200);
                Is(answers[3], "/dev/pipe", "p", 0, 0);
                Is(answers[4], "/dev/unbuffered", "c", 1, 9);
                Expect.Equal(416, (int)answers[0]["mode"]!, "fileMode");
                Expect.Equal(11, (int)answers[0]["uid"]!, "uid");
                Expect.Equal(12, (int)answers[0]["gid"]!, "gid");
            }),
            Lacks("devices.type", "A device without type is refused.", "linux.devices.0.type", Mine),
            Lacks("devices.path", "A device without path is refused.", "linux.devices.0.path", Mine),
            Must("devices.mismatch", "Another file at a device's path is an error.", box => box.Refuses(b =>
            {
                File.WriteAllText(Path.Combine(b.Rootfs, "taken"), "a file");
                Device(b, "c", "/taken", 1, 3);
            }, b => Device(b, "c", "/free", 1, 3))),
            Lacks("devices.number", "A device that is no fifo has major and minor; without, it is refused.", "linux.devices.0.major",
                Mine)),
        new("config-linux.md#configLinuxDefaultDevices",
            Must("devices.default", "null, zero, full, random, urandom, tty and ptmx are there unasked.", box =>
            {
                Answers answers =
                    box.Run(null, [.. Array.ConvertAll(Defaults, d => "stat /dev/" + d.Name), "stat /dev/ptmx", "stat /dev/pts/ptmx"]);
                for (int i = 0; i < Defaults.Length; i++)
                    Is(answers[i], "/dev/" + Defaults[i].Name, "c", Defaults[i].Major, Defaults[i].Minor);
                JsonObject ptmx = answers[Defaults.Length];
                Expect.That((string?)ptmx["type"] == "l" ? ((string)ptmx["link"]!).EndsWith("pts/ptmx", StringComparison.Ordinal)
                    : (int?)ptmx["major"] == 5 && (int?)ptmx["minor"] == 2,
                    $"/dev/ptmx is no link or bind of /dev/pts/ptmx: {ptmx.ToJsonString()}");
            }),
            Must("devices.console", "With a terminal, /dev/console is it.", box =>
            {
                using Terminal terminal = new(box);
                Answers answers = terminal.Run(b => { }, "stat /dev/console", "facts");
                Is(answers[1], "/dev/console", "c", (int)answers[1]["major"]!, (int)answers[1]["minor"]!);
                Expect.That((int)answers[1]["major"]! is >= 136 and < 144,
                    $"/dev/console is no terminal of devpts: {answers[1].ToJsonString()}");
                foreach (JsonNode? isTerminal in (JsonArray)answers[2]["terminals"]!)
                    Expect.That((bool)isTerminal!, "a standard stream is no terminal");
            }),
            Must("devices.no-console", "Without one it is not.", box =>
                Expect.Equal(2, box.Run(null, "stat /dev/console").Errno(0), "errno of /dev/console"))),
        new("runtime-linux.md#runtimeLinuxDevSymbolicLinks",
            Must("dev.links", "/dev/fd, stdin, stdout and stderr are links into /proc/self/fd, if there is one once the mounts are made.",
                box =>
            {
                Answers answers = box.Run(null, "stat /dev/fd", "stat /dev/stdin", "stat /dev/stdout", "stat /dev/stderr");
                string[] targets = ["/proc/self/fd", "/proc/self/fd/0", "/proc/self/fd/1", "/proc/self/fd/2"];
                for (int i = 0; i < targets.Length; i++)
                    Expect.Equal(targets[i], (string?)answers[i]["link"], "link");
            })),
    ];

    private static void Mine(Bundle bundle) => Device(bundle, "c", "/dev/mine", 1, 3);

    private static void Device(Bundle bundle, string type, string path, int? major = null, int? minor = null)
    {
        JsonObject device = new() { ["type"] = type, ["path"] = path, ["fileMode"] = 416, ["uid"] = 11, ["gid"] = 12 };
        if (major is not null)
            (device["major"], device["minor"]) = (major, minor);
        ((JsonArray)(bundle.Linux["devices"] ??= new JsonArray())).Add((JsonNode)device);
    }

    private static void Is(JsonObject answer, string path, string type, int major, int minor)
    {
        Expect.Equal(0, (int)answer["errno"]!, $"errno of {path}");
        // It may be a link to the device, or a mount of it.
        Expect.Equal(type, (string?)answer["type"], $"type of {path}");
        Expect.Equal((major, minor), ((int)answer["major"]!, (int)answer["minor"]!), $"number of {path}");
    }
}
