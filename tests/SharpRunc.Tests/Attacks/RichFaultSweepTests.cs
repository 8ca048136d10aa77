using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Refused calls where a bundle asks for what few do: all of it at once, and devices of the network.</summary>
internal sealed class RichFaultSweepTests
{
    [TestCase(1, Description = "EPERM")]
    [TestCase(4, Description = "EINTR")]
    [TestCase(11, Description = "EAGAIN")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(22, Description = "EINVAL")]
    [TestCase(38, Description = "ENOSYS")]
    [Must("errors.nothing-left"), Must("create.cannot-apply-nothing")]
    public void A_create_that_asks_for_everything_ends_cleanly_at_any_call_that_is_refused(int errno)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener console = new(), agent = new();
        string[] create = ["create", runtime.Root, Everything(runtime, agent.Path).Path];
        WatchedCall[] calls = Probe.Count(runtime, [.. create, "counted", console.Path]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        HangUp();
        Assert.That(calls, Has.Length.GreaterThan(400));
        FaultSweepTests.RefuseEachOfCreate(runtime, FaultSweepTests.EachSeventh(calls, errno), errno, [.. create, "victim", console.Path],
            HangUp);

        void HangUp()
        {
            console.Refuse();
            agent.Refuse();
        }
    }

    /// <summary>The devices are back, too.</summary>
    [TestCase(1, Description = "EPERM")]
    [TestCase(4, Description = "EINTR")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(22, Description = "EINVAL")]
    public void A_device_of_the_network_is_back_after_any_call_that_is_refused(int errno)
    {
        using Runtime runtime = Runtime.Create();
        using NetworkNamespace host = NetworkNamespace.Create(runtime);
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["netDevices"] = new JsonObject { ["dev0"] = new JsonObject { ["name"] = "eth7" } };
        string[] create = ["create", runtime.Root, bundle.Write().Path];
        WatchedCall[] calls = [];
        for (int i = 0; i < 2; i++) // the first makes the cgroup that those of all are in
        {
            Renew(host);
            calls = Array.ConvertAll(runtime.Execute(host.Command([Probe.Program, "count", .. create, "counted"]))
                .Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), WatchedCall.Parse);
            runtime.Run("delete", "--force", "counted").Expect(0);
        }
        List<string> ours = Leftovers.Of(runtime); // who holds the namespace
        // What is not about the network is refused elsewhere.
        calls =
            Array.FindAll(calls, call => call.Name is "socket" or "sendto" or "sendmsg" or "recvfrom" or "recvmsg" or "recv" or "send"
                or "setns" or "bind" || call.Subject.Contains("net", StringComparison.Ordinal));
        Assert.That(calls, Has.Length.GreaterThan(10), () => string.Join("\n", (object[])calls));

        List<string> wrong = [];
        int refused = 0;
        foreach (WatchedCall call in calls)
        {
            Renew(host);
            string before = host.Say("-o -4 addr show");
            Result result =
                runtime.Execute(host.Command([Probe.Program, "fail", call.Who, $"{call.Number}", $"{errno}", .. create, "victim"]));
            if (result.ExitCode == 1)
            {
                refused++;
                if (!host.Say("-o link show").Contains(": dev0@", StringComparison.Ordinal))
                    wrong.Add($"{call}: the device is lost: {result.Errors}");
                else if (host.Say("-o -4 addr show") is var after && after != before)
                    wrong.Add($"{call}: {before} became {after}: {result.Errors}");
            }
            else if (result.ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            if (result.ExitCode == 1 && Directory.Exists(Path.Combine(runtime.Root, "victim")))
                wrong.Add($"{call}: the state directory is left: {result.Errors}");
            runtime.Run("delete", "--force", "victim");
            foreach (string left in Leftovers.Of(runtime).FindAll(left => !ours.Contains(left)))
                wrong.Add($"{call}: {left}: {result.Errors}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(calls.Length / 3), "many calls are needed");
    }

    private static void Renew(NetworkNamespace host)
    {
        if (host.Say("-o link show").Contains(": dev0@", StringComparison.Ordinal))
            return;
        // It went with a container, and its peer goes when the kernel comes to it.
        Eventually.Holds(() => !host.Say("-o link show").Contains("dev0-peer", StringComparison.Ordinal), "the peer stays");
        host.Make("dev0");
        host.Say("addr add 10.1.2.3/24 dev dev0");
    }

    private static Bundle Everything(Runtime runtime, string listener)
    {
        Bundle bundle = runtime.NewBundle("true").MapsUsers().Mounting("/mnt", "bind", "sources", "rbind", "idmap");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Mounts[^1]![name] = bundle.Linux[name]!.DeepClone();
        bundle.Config["hooks"] =
            JsonNode.Parse(
                """{ "prestart": [{ "path": "/bin/true" }], "createRuntime": [{ "path": "/bin/true" }], "createContainer": [{ "path": "/bin/true", "timeout": 10 }], "poststop": [{ "path": "/bin/true" }] }""");
        bundle.Process["terminal"] = true;
        bundle.Process["consoleSize"] = JsonNode.Parse("""{ "height": 25, "width": 80 }""");
        bundle.Process["rlimits"] =
            JsonNode.Parse("""[{ "type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024 }, { "type": "RLIMIT_CORE", "soft": 0, "hard": 0 }]""");
        bundle.Process["oomScoreAdj"] = 100;
        bundle.Process["scheduler"] = JsonNode.Parse("""{ "policy": "SCHED_BATCH", "nice": 1 }""");
        bundle.Process["ioPriority"] = JsonNode.Parse("""{ "class": "IOPRIO_CLASS_BE", "priority": 5 }""");
        bundle.Process["user"] = JsonNode.Parse("""{ "uid": 0, "gid": 0, "umask": 18, "additionalGids": [5, 10] }""");
        bundle.Linux["sysctl"] = JsonNode.Parse("""{ "net.ipv4.ip_unprivileged_port_start": "0" }""");
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/dev/kmsg", "type": "c", "major": 1, "minor": 11 }]""");
        bundle.Linux["resources"] =
            JsonNode.Parse(
                """{ "memory": { "limit": 67108864 }, "cpu": { "shares": 512, "quota": 50000 }, "pids": { "limit": 100 }, "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "c", "major": 1, "minor": 11, "access": "rw" }] }""");
        bundle.Linux["personality"] = JsonNode.Parse("""{ "domain": "LINUX" }""");
        bundle.Linux["rootfsPropagation"] = "slave";
        if (File.Exists("/proc/self/numa_maps"))
            bundle.Linux["memoryPolicy"] = JsonNode.Parse("""{ "mode": "MPOL_LOCAL" }""");
        bundle.InNamespace("time").Linux["timeOffsets"] = JsonNode.Parse("""{ "monotonic": { "secs": 100 } }""");
        bundle.Linux["seccomp"] = new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["listenerPath"] = listener,
            ["syscalls"] = JsonNode.Parse(
                """[{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }, { "names": ["acct", "swapon"], "action": "SCMP_ACT_ERRNO" }]"""),
        };
        return bundle.Write();
    }
}
