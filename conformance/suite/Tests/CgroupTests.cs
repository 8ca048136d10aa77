using System;
using System.IO;
using System.Text.Json.Nodes;
using static SharpRunc.Conformance.Refusals;
using static SharpRunc.Conformance.Test;

namespace SharpRunc.Conformance;

internal static class CgroupTests
{
    public static Section[] Sections =>
    [
        new("config-linux.md#configLinuxControlGroups",
            Must("cgroups.check", "A cgroup that has processes in it is an error at create.", box =>
            {
                Container other = box.Sleeper();
                if (box.TryCreate(box.NewBundle(b => b.Linux["cgroupsPath"] = other.Bundle.CgroupsPath, "sleep 300")).Created.Succeeded)
                    throw new Noted("taken: a runtime MAY check for it");
            }, "1.1.0")),
        new("config-linux.md#configLinuxCgroupsPath",
            Must("cgroupsPath.form", "cgroupsPath is absolute or relative; both are taken.", box =>
            {
                Needs(box);
                box.Sleeper();
                Relative(box);
            }),
            Must("cgroupsPath.absolute", "An absolute one is below the mount point of the hierarchy.", box =>
            {
                Needs(box);
                Container container = box.Sleeper();
                Expect.That(box.Host.Cgroups.Of(container.Bundle.CgroupsPath).Exists(d => Processes.In(d).Contains(container.Pid)),
                    $"the process is in no "
                    + $"cgroup {container.Bundle.CgroupsPath} below a mount point: {File.ReadAllText($"/proc/{container.Pid}/cgroup")}");
            }),
            Must("cgroupsPath.same", "The same value leads to the same place each time.", box =>
            {
                Needs(box);
                Expect.Equal(Relative(box), Relative(box), "cgroups of two containers, one after the other");
            })),
        new("config-linux.md#configLinuxDeviceAllowedlist",
            Must("device-rules.order", "Rules are applied in the order of the list.", box =>
            {
                Needs(box);
                Expect.Equal(1, Open(box, true, false), "errno of opening a device that is allowed, then denied");
                Expect.Different(1, Open(box, false, true), "errno of opening a device that is denied, then allowed");
            }),
            Lacks("device-rules.allow", "A rule without allow is refused.", "linux.resources.devices.0.allow", b =>
                b.Resources["devices"] = new JsonArray(new JsonObject { ["allow"] = false, ["access"] = "rwm" }))),
        new("config-linux.md#configLinuxMemory",
            Must("memory.limit", "The container's cgroup has the limit.", box =>
                Has(box, "memory", b => b.Resources["memory"] = new JsonObject { ["limit"] = 128 << 20 }, "memory.limit_in_bytes",
                    "memory.max", "134217728"))),
        new("config-linux.md#configLinuxCPU",
            Must("cpu.quota", "The container's cgroup has the quota and the period.", box =>
                Has(box, "cpu", b => b.Resources["cpu"] = new JsonObject { ["quota"] = 40000, ["period"] = 50000 }, "cpu.cfs_quota_us",
                    "cpu.max", "40000")),
            Must("cpu.burst", "A burst above a positive quota is refused.", box =>
            {
                Needs(box);
                box.RefusesWithout(b => b.Resources["cpu"] = new JsonObject { ["quota"] = 40000, ["period"] = 50000, ["burst"] = 60000 },
                    b => b.Resources["cpu"] = new JsonObject { ["quota"] = 40000, ["period"] = 50000, ["burst"] = 10000 });
            }, "1.1.0")),
        new("config-linux.md#configLinuxPIDS",
            Must("pids.limit", "The container's cgroup has the limit.", box =>
                Has(box, "pids", b => b.Resources["pids"] = new JsonObject { ["limit"] = 77 }, "pids.max", "pids.max", "77"))),
    ];

    private static void Needs(Box box) => Expect.Skip(box.Host.Cgroups.Layout == "none", "no cgroups are mounted");

    /// <summary>The process's cgroups where the path is relative; the runtime chooses what it is below.</summary>
    private static string Relative(Box box)
    {
        Container container = box.Sleeper(b => b.Linux["cgroupsPath"] = $"{box.Host.Cgroup}-{box.Name}-relative");
        string cgroups = File.ReadAllText($"/proc/{container.Pid}/cgroup");
        Expect.Contains("-relative", cgroups, "cgroups of the process");
        container.Stop();
        container.Delete();
        return cgroups;
    }

    /// <summary>A device that no runtime allows by itself; there is no driver for it, so that it can be opened by nobody.</summary>
    private static int Open(Box box, params bool[] allow)
    {
        JsonArray rules = new(new JsonObject { ["allow"] = false, ["access"] = "rwm" });
        foreach (bool allowed in allow)
            rules.Add((JsonNode)new JsonObject { ["allow"] = allowed, ["type"] = "c", ["major"] = 240, ["minor"] = 7, ["access"] = "rw" });
        rules.Add((JsonNode)new JsonObject { ["allow"] = true, ["type"] = "c", ["access"] = "m" });
        Container container = box.TryCreate(box.NewBundle(b => b.Mount("/mnt", "tmpfs", "tmpfs").Resources["devices"] = rules,
            "mknod /mnt/device 240 7", "open /mnt/device r"));
        // v2 needs a program of BPF, for which some raise RLIMIT_MEMLOCK.
        Expect.Skip(!container.Created.Succeeded && !Host.MayRaiseLimits, $"without CAP_SYS_RESOURCE: {container.Created.Said}");
        container.Created.Expect("create");
        container.Start();
        container.WaitForEnd();
        Answers answers = container.Answers();
        Expect.Equal(0, answers.Errno(0), "errno of making a device node");
        return answers.Errno(1);
    }

    private static void Has(Box box, string controller, Action<Bundle> change, string v1, string v2, string value)
    {
        string point = box.Host.Cgroups.Point(controller) ?? throw new Skipped($"the {controller} controller is not there");
        Container container = box.Create(box.NewBundle(change, "sleep 300"));
        string file = point + container.Bundle.CgroupsPath + "/" + (box.Host.Cgroups.IsUnified ? v2 : v1);
        Expect.Equal(value, File.ReadAllText(file).Split([' ', '\n'])[0], file);
    }
}
