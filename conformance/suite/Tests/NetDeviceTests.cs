using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class NetDeviceTests
{
    private const string Since = "1.3.0";
    private static readonly string[] Ip = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"];

    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxNetworkDevices",
            Must("netDevices.available", "A device of the host that is listed is in the container, under its new name if it has one.",
                box =>
            {
                string first = Device(box), second = Device(box);
                Answers answers =
                    box.Run(b => b.Linux["netDevices"] =
                        new JsonObject { [first] = new JsonObject(), [second] = new JsonObject { ["name"] = "eth7" } },
                        "list /sys/class/net");
                string names = answers[0]["names"]!.ToJsonString();
                Expect.Contains($"\"{first}\"", names, "devices of the container");
                Expect.Contains("\"eth7\"", names, "devices of the container");
            }, Since),
            Must("netDevices.possible", "A device that is missing is an error.", box =>
                box.Refuses(b => b.Linux["netDevices"] = new JsonObject { ["nosuch0"] = new JsonObject() },
                    b => Move(b, Device(box), "eth7")), Since),
            Must("netDevices.clash", "A name that the container's namespace has already is an error.", box =>
                box.Refuses(b => Move(b, Device(box), "lo"), b => Move(b, Device(box), "eth7")), Since),
            Must("netDevices.template", "A new name that ends in %d is always possible; the kernel numbers it.", box =>
            {
                string first = Device(box), second = Device(box);
                Answers answers =
                    box.Run(b => b.Linux["netDevices"] =
                        new JsonObject { [first] = new JsonObject { ["name"] = "many%d" },
                            [second] = new JsonObject { ["name"] = "many%d" } },
                    "list /sys/class/net");
                foreach (string name in new[] { "\"many0\"", "\"many1\"" })
                    Expect.Contains(name, answers[0]["names"]!.ToJsonString(), "devices of the container");
            }, Since),
            Must("netDevices.attributes", "A device keeps its attributes and its permanent global addresses.", box =>
            {
                string device = Device(box);
                Call(box, "link", "set", device, "mtu", "1400");
                Call(box, "addr", "add", "192.0.2.77/24", "dev", device);
                Call(box, "addr", "add", "2001:db8::77/64", "dev", device, "nodad");
                Answers answers = box.Run(b => Move(b, device, "eth7"), "read /sys/class/net/eth7/mtu", "read /proc/net/fib_trie",
                    "read /proc/net/if_inet6");
                Expect.Equal("1400", answers.Text(0).Trim(), "mtu");
                Expect.Contains("192.0.2.77", answers.Text(1), "IPv4 addresses");
                Expect.Contains("20010db8000000000000000000000077", answers.Text(2), "IPv6 addresses");
            }, Since),
            Must("netDevices.up", "It is up when the container has it.", box =>
            {
                string flags = box.Run(b => Move(b, Device(box), "eth7"), "read /sys/class/net/eth7/flags").Text(0).Trim();
                Expect.That(flags.Length > 2 && (System.Convert.ToInt32(flags, 16) & 1) == 1, $"flags are {flags}");
            }, Since)),
    ];

    private static void Move(Bundle bundle, string device, string name) =>
        bundle.Linux["netDevices"] = new JsonObject { [device] = new JsonObject { ["name"] = name } };

    /// <summary>One end of a pair: whichever namespace it dies with, both ends do.</summary>
    private static string Device(Box box)
    {
        if (box.Host.Runtime.Claims(Since) is { } claim)
            throw new Skipped($"the runtime claims {claim}, and this is of {Since}");
        string name = "cf" + box.Host.NextName() + System.Environment.ProcessId % 10000;
        Call(box, "link", "add", name, "type", "veth", "peer", "name", name + "p");
        box.AtEnd(() => Run(box, "link", "delete", name + "p"));
        return name;
    }

    private static void Call(Box box, params string[] arguments)
    {
        Result result = Run(box, arguments);
        Expect.Skip(!result.Succeeded, $"{result.Command}: {result.Said}");
    }

    private static Result Run(Box box, params string[] arguments)
    {
        string? ip = System.Array.Find(Ip, File.Exists);
        return ip is null ? throw new Skipped("there is no ip program to make devices with") : box.Host.Run([ip, .. arguments]);
    }
}
