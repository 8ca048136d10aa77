using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class NamespaceTests
{
    /// <summary>As the configuration says it, and as /proc does.</summary>
    private static readonly (string Type, string File)[] Types =
        [("pid", "pid"), ("network", "net"), ("mount", "mnt"), ("ipc", "ipc"), ("uts", "uts"), ("cgroup", "cgroup")];

    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxNamespaces",
            Lacks("namespaces.type", "A namespace without type is refused.", "linux.namespaces.5.type", b => b.InNamespace("cgroup")),
            Must("namespaces.path-absolute", "A relative path of a namespace is refused.", box =>
            {
                Container other = box.Sleeper();
                // It leads to a namespace from whichever directory the runtime works in.
                box.Refuses(b =>
                {
                    foreach (string directory in new[] { b.Path, box.Work })
                        File.CreateSymbolicLink(Path.Combine(directory, $"net-{Path.GetFileName(b.Path)}"), $"/proc/{other.Pid}/ns/net");
                    b.InNamespace("network", $"net-{Path.GetFileName(b.Path)}");
                }, b => b.InNamespace("network", $"/proc/{other.Pid}/ns/net"));
            }, "1.0.1"),
            Must("namespaces.join", "The container is in the namespace that path names.", box =>
            {
                Container other = box.Sleeper();
                JsonObject joined = box.Facts(b =>
                {
                    foreach (string type in new[] { "network", "ipc", "uts" })
                        b.InNamespace(type, $"/proc/{other.Pid}/ns/{Array.Find(Types, t => t.Type == type).File}");
                });
                foreach (string file in new[] { "net", "ipc", "uts" })
                    Expect.Equal(Link(other.Pid.ToString(), file), (string?)joined["namespaces"]![file], $"{file} namespace");
                string pid = (string)box.Facts(b => b.InNamespace("pid", $"/proc/{other.Pid}/ns/pid"))["namespaces"]!["pid"]!;
                Expect.Equal(Link(other.Pid.ToString(), "pid"), pid, "pid namespace");
            }),
            Must("namespaces.path-type", "A path that is no namespace of that type is refused.", box =>
            {
                Container other = box.Sleeper();
                box.Refuses(b => b.InNamespace("network", $"/proc/{other.Pid}/ns/uts"),
                    b => b.InNamespace("network", $"/proc/{other.Pid}/ns/net"));
                box.Refuses(b => b.InNamespace("ipc", Path.Combine(b.Path, "config.json")));
                box.Refuses(b => b.InNamespace("uts", "/nowhere"));
            }),
            Must("namespaces.new", "Without path the container has a new namespace of the type.", box =>
            {
                JsonObject namespaces = (JsonObject)box.Facts(b => b.InNamespace("cgroup"))["namespaces"]!;
                foreach ((string type, string file) in Types)
                    Expect.Different(Link("self", file), (string?)namespaces[file], $"{type} namespace");
            }),
            Must("namespaces.new-user", "So has it of users, with the ids mapped as it is said.", box =>
            {
                JsonObject facts = box.Facts(b => b.MapUsers());
                Expect.Different(Link("self", "user"), (string?)facts["namespaces"]!["user"], "user namespace");
                Expect.Equal("0\t0\t0\t0", (string?)facts["status"]!["Uid"], "user ids");
                Container container = box.Sleeper(b => b.MapUsers());
                Expect.Equal("0 100000 65536", string.Join(' ', File.ReadAllText($"/proc/{container.Pid}/uid_map")
                    .Split([' ', '\n'], StringSplitOptions.RemoveEmptyEntries)), "uid_map");
            }),
            Must("namespaces.new-time", "So has it of time, with the offsets as they are said.", box =>
            {
                Expect.Skip(!File.Exists("/proc/self/ns/time"), "this kernel has no time namespaces");
                JsonObject facts = box.Facts(b =>
                {
                    b.InNamespace("time");
                    b.Linux["timeOffsets"] = new JsonObject { ["boottime"] = new JsonObject { ["secs"] = 86400, ["nanosecs"] = 7 } };
                });
                Expect.Different(Link("self", "time"), (string?)facts["namespaces"]!["time"], "time namespace");
                Expect.Contains("86400", (string)facts["timeOffsets"]!, "timens_offsets");
            }, "1.1.0"),
            Must("namespaces.inherit", "Of a type that is not listed it has the runtime's.", box =>
            {
                JsonObject namespaces = (JsonObject)box.Facts(b =>
                {
                    foreach (string type in new[] { "pid", "network", "ipc", "uts" })
                        b.WithoutNamespace(type);
                })["namespaces"]!;
                foreach (string file in new[] { "pid", "net", "ipc", "uts", "user" })
                    Expect.Equal(Link("self", file), (string?)namespaces[file], $"{file} namespace");
            }),
            Must("namespaces.duplicate", "The same type twice is refused.", box => box.Refuses(b =>
                ((JsonArray)b.Linux["namespaces"]!).Add((JsonNode)new JsonObject { ["type"] = "uts" }), b => b.InNamespace("uts")))),
        new("config-linux.md#configLinuxUserNamespaceMappings",
            Lacks("mappings.containerID", "A mapping without containerID is refused.", "linux.uidMappings.0.containerID",
                b => b.MapUsers()),
            Lacks("mappings.hostID", "A mapping without hostID is refused.", "linux.uidMappings.0.hostID", b => b.MapUsers()),
            Lacks("mappings.size", "A mapping without size is refused.", "linux.uidMappings.0.size", b => b.MapUsers())),
    ];

    private static string Link(string pid, string file) => new FileInfo($"/proc/{pid}/ns/{file}").LinkTarget ?? "";
}
