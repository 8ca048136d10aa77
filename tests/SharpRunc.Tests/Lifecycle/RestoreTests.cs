using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>A restored process has what create gave it, whoever calls restore.</summary>
internal sealed class RestoreTests
{
    private static readonly string[] Status = ["Umask", "Groups", "Uid", "Gid", "NoNewPrivs", "Seccomp", "CapInh", "CapPrm", "CapEff",
        "CapBnd", "CapAmb", "Cpus_allowed_list", "Mems_allowed_list", "THP_enabled"];

    [Test]
    public void A_process_has_afterwards_what_it_had_before_and_nothing_of_the_callers()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while :; do cat /proc/keys >/keys.new 2>/dev/null; mv /keys.new /keys; sleep 0.05; done");
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Process["ioPriority"] = new JsonObject { ["class"] = "IOPRIO_CLASS_BE", ["priority"] = 3 };
        bundle.Process["scheduler"] = new JsonObject { ["policy"] = "SCHED_BATCH", ["nice"] = 5 };
        bundle.Process["oomScoreAdj"] = 300;
        bundle.Process["noNewPrivileges"] = true;
        bundle.Process["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0, ["umask"] = 0x12, ["additionalGids"] = new JsonArray(7, 8) };
        bundle.Process["rlimits"] = new JsonArray(new JsonObject { ["type"] = "RLIMIT_CORE", ["soft"] = 5, ["hard"] = 6 });
        bundle.Linux["personality"] = new JsonObject { ["domain"] = "LINUX32" };
        bundle.Linux["seccomp"] =
            JsonNode.Parse("""{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["reboot"],"action":"SCMP_ACT_ERRNO"}]}""");
        string id = criu.Start(bundle), keys = Path.Combine(bundle.Rootfs, "keys");
        string[] before = Facts(criu, id);
        criu.Checkpoint(id).Expect(0);
        string[] caller = ["/usr/bin/taskset", "-c", "0", "/usr/bin/nice", "-n", "7", "/usr/bin/ionice", "-c", "3", "/bin/sh", "-c",
            "umask 077; ulimit -c 1; exec \"$@\"", "-"];
        string[] command = [.. caller, criu.Runtime.Program, "--root", criu.Runtime.Root, "restore", "-d", "--image-path", criu.Images,
            "--bundle", bundle.Path, id];
        Assert.That(Child.Start(command, environment: WorkingCriu.Environ).Wait(TimeSpan.FromSeconds(60)), Is.Zero);
        Assert.That(Facts(criu, id), Is.EqualTo(before));
        if (!File.Exists("/proc/keys"))
            return;
        File.Delete(keys);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(keys), 10_000));
        Assert.That(File.ReadAllText(keys), Does.Contain("_ses." + id));
    }

    [TestCase("eth1")]
    [TestCase("net%d")]
    public void A_device_that_is_still_in_the_network_namespace_by_path_stays_there(string name)
    {
        using CriuRuntime criu = new();
        using NetworkNamespace outside = NetworkNamespace.Create(criu.Runtime), pod = NetworkNamespace.Create(criu.Runtime);
        outside.Make("movable");
        outside.Say("link set lo up"); // criu tries the network out
        Bundle bundle = criu.NewBundle().InNamespace("network", pod.Path);
        bundle.Linux["netDevices"] = new JsonObject { ["movable"] = new JsonObject { ["name"] = name } };
        string id = Runtime.NewId(), inside = name.Replace("%d", "0", StringComparison.Ordinal);
        Run(criu, outside, "run", "-d", "-b", bundle.Write().Path, id);
        Run(criu, outside, "checkpoint", "--image-path", criu.Images, id);
        Run(criu, outside, "restore", "-d", "--image-path", criu.Images, "-b", bundle.Path, id);
        Assert.That(pod.Say("-br link"), Does.Contain(inside + "@"));
        Assert.That(criu.Runtime.Run("exec", id, "ip", "link", "show", inside).Expect(0).Output, Does.Contain("UP"));
        criu.Runtime.Run("delete", "--force", id).Expect(0);
    }

    private static void Run(CriuRuntime criu, NetworkNamespace where, params string[] arguments)
    {
        string log = Path.Combine(criu.Runtime.Work, "log");
        int exit = Child.Start(where.Command([criu.Runtime.Program, "--root", criu.Runtime.Root, "--log", log, .. arguments]),
            environment: WorkingCriu.Environ).Wait(TimeSpan.FromSeconds(60));
        Assert.That(exit, Is.Zero, File.Exists(log) ? File.ReadAllText(log) : "");
    }

    private static string[] Facts(CriuRuntime criu, string id)
    {
        string pid = $"{criu.Runtime.Pid(id)}";
        List<string> facts =
        [
            "oom " + File.ReadAllText($"/proc/{pid}/oom_score_adj"), "personality " + File.ReadAllText($"/proc/{pid}/personality"),
                "environ " + File.ReadAllText($"/proc/{pid}/environ"),
            "core " + Array.Find(File.ReadAllLines($"/proc/{pid}/limits"), line => line.StartsWith("Max core", StringComparison.Ordinal)),
            "io " + criu.Runtime.Execute(["/usr/bin/ionice", "-p", pid]).Expect(0).Output,
            "scheduler " + criu.Runtime.Execute(["/usr/bin/chrt", "-p", pid])
                .Expect(0).Output.Replace(pid, "PID", StringComparison.Ordinal),
            "nice " + File.ReadAllText($"/proc/{pid}/stat").Split(' ')[18], "cgroup " + File.ReadAllText($"/proc/{pid}/cgroup"),
        ];
        foreach (string line in File.ReadAllLines($"/proc/{pid}/status"))
            if (Array.IndexOf(Status, line[..line.IndexOf(':')]) >= 0)
                facts.Add(line);
        return [.. facts];
    }
}
