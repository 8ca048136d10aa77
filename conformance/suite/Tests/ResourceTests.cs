using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class ResourceTests
{
    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxBlockIO",
            Lacks("blockIO.weight-device", "A device with a weight has major and minor; without, it is refused.",
                "linux.resources.blockIO.weightDevice.0.major", Weight),
            Must("blockIO.weight", "Such a device has weight, leafWeight or both; none is refused.", box => box.RefusesWithout(b =>
            {
                Weight(b);
                Remove(b.Config, "linux.resources.blockIO.weightDevice.0.weight".Split('.'));
            }, Weight)),
            Lacks("blockIO.throttle-device", "A throttled device has major and minor; without, it is refused.",
                "linux.resources.blockIO.throttleReadBpsDevice.0.major", Throttle),
            Lacks("blockIO.throttle-rate", "A throttled device without rate is refused.",
                "linux.resources.blockIO.throttleReadBpsDevice.0.rate", Throttle)),
        new("config-linux.md#configLinuxHugePageLimits",
            Lacks("hugepages.pageSize", "A limit of huge pages without pageSize is refused.", "linux.resources.hugepageLimits.0.pageSize",
                HugePages),
            Lacks("hugepages.limit", "A limit of huge pages without limit is refused.", "linux.resources.hugepageLimits.0.limit",
                HugePages)),
        new("config-linux.md#configLinuxNetwork",
            Lacks("network.name", "A priority without the interface's name is refused.", "linux.resources.network.priorities.0.name",
                Priority),
            Lacks("network.priority", "An interface without priority is refused.", "linux.resources.network.priorities.0.priority",
                Priority)),
        new("config-linux.md#configLinuxRDMA",
            Must("rdma.limit", "A device has hcaHandles, hcaObjects or both; none is refused.", box => box.RefusesWithout(
                b => b.Resources["rdma"] = new JsonObject { ["mlx5_1"] = new JsonObject() },
                b => b.Resources["rdma"] = new JsonObject { ["mlx5_1"] = new JsonObject { ["hcaHandles"] = 3 } }))),
        new("config-linux.md#configLinuxUnified",
            Must("unified.controllers", "The controllers that unified needs are enabled down to the container's cgroup.", box =>
                Expect.Equal("55", Unified(box, "pids.max", "55"), "pids.max"), "1.1.0"),
            Must("unified.unknown", "A file that the runtime does not know is written too.", box =>
                Expect.Equal("5", Unified(box, "cgroup.max.depth", "5"), "cgroup.max.depth"), "1.1.0"),
            Must("unified.absent", "A controller that is absent or cannot be enabled is an error.", box =>
                box.Refuses(b => b.Resources["unified"] = new JsonObject { ["nosuchcontroller.max"] = "1" }), "1.1.0"),
            Must("unified.conversion", "What has no counterpart in cgroup v2 is an error there.", box =>
            {
                Expect.Skip(!box.Host.Cgroups.IsUnified, $"the layout is {box.Host.Cgroups.Layout}");
                box.Refuses(b => b.Resources["memory"] = new JsonObject { ["swappiness"] = 10 });
            }, "1.1.0")),
    ];

    private static string Unified(Box box, string file, string value)
    {
        Expect.Skip(!box.Host.Cgroups.IsUnified, $"the layout is {box.Host.Cgroups.Layout}");
        string controller = file.Split('.')[0];
        Expect.Skip(controller != "cgroup" && box.Host.Cgroups.Point(controller) is null, $"the {controller} controller is not there");
        Container container = box.Create(box.NewBundle(b => b.Resources["unified"] = new JsonObject { [file] = value }, "sleep 300"));
        return File.ReadAllText(Path.Combine(box.Host.Cgroups.Of(container.Bundle.CgroupsPath)[^1], file)).Trim();
    }

    private static void Weight(Bundle bundle) => bundle.Resources["blockIO"] = new JsonObject { ["weightDevice"] = Disk("weight", 300) };

    private static void Throttle(Bundle bundle)
        => bundle.Resources["blockIO"] = new JsonObject { ["throttleReadBpsDevice"] = Disk("rate", 1 << 20) };

    /// <summary>The kernel takes only a whole disk that is there.</summary>
    private static JsonArray Disk(string name, int value)
    {
        foreach (string disk in Directory.GetDirectories("/sys/block"))
            if (!Path.GetFileName(disk).StartsWith("loop", StringComparison.Ordinal)
                && File.ReadAllText(disk + "/dev").Trim().Split(':') is [{ } major, { } minor])
                return new JsonArray(new JsonObject { ["major"] = int.Parse(major), ["minor"] = int.Parse(minor), [name] = value });
        throw new Skipped("no disk is here");
    }

    private static void HugePages(Bundle bundle) =>
        bundle.Resources["hugepageLimits"] = new JsonArray(new JsonObject { ["pageSize"] = "2MB", ["limit"] = 2 << 20 });

    private static void Priority(Bundle bundle) =>
        bundle.Resources["network"] =
        new JsonObject { ["priorities"] = new JsonArray(new JsonObject { ["name"] = "lo", ["priority"] = 500 }) };
}
