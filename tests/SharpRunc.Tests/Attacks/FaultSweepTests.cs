using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Every call of create and exec that passes the kernel's door is refused once, in the runtime and in its child, by the
/// natively compiled probe. Whatever comes of it, nothing is left behind and nobody hangs.
/// </summary>
internal sealed class FaultSweepTests
{
    private const int Refused = 1;

    [TestCase(1, Description = "EPERM")]
    [TestCase(4, Description = "EINTR")]
    [TestCase(11, Description = "EAGAIN")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(22, Description = "EINVAL")]
    [TestCase(38, Description = "ENOSYS")]
    [Must("errors.nothing-left"), Must("create.cannot-apply"), Must("create.cannot-apply-nothing")]
    [Must("lifecycle.unable")]
    public void A_call_that_is_refused_ends_create_cleanly_or_is_done_without(int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json"))).Write();
        string[] create = ["create", runtime.Root, bundle.Path];
        WatchedCall[] calls = Probe.Count(runtime, [.. create, "counted"]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        Assert.That(calls, Has.Length.GreaterThan(300));
        calls = Sample(calls, errno);
        RefuseEachOfCreate(runtime, calls, errno, [.. create, "victim"]);
    }

    /// <summary>The same of the calls that only a terminal needs.</summary>
    [TestCase(1, Description = "EPERM")]
    [TestCase(5, Description = "EIO")]
    [TestCase(12, Description = "ENOMEM")]
    public void So_it_is_for_a_terminal(int errno)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-tty.json"))).Write();
        string[] create = ["create", runtime.Root, bundle.Path];
        WatchedCall[] calls = Probe.Count(runtime, [.. create, "counted", listener.Path]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        listener.Accept().Dispose();
        calls =
            Array.FindAll(calls,
                call => Array.Exists(["ioctl", "dup2", "connect", "/dev/pts", "ptmx", "console", "terminal"],
                    word => $"{call}".Contains(word, StringComparison.Ordinal)));
        Assert.That(calls, Has.Length.GreaterThan(15));
        RefuseEachOfCreate(runtime, calls, errno, [.. create, "victim", listener.Path], listener.Refuse);
    }

    /// <summary>And of those that an id-mapped mount needs, and the process that its mapping comes from.</summary>
    [TestCase(1, Description = "EPERM")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(38, Description = "ENOSYS")]
    public void So_it_is_for_an_id_mapped_mount(int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers().Mounting("/mnt", "bind", "sources", "rbind", "idmap")
            .Mounting("/tmp", "bind", "sources", "rbind", "ridmap");
        foreach (string name in new[] { "uidMappings", "gidMappings" })
            bundle.Mounts[^1]![name] = bundle.Linux[name]!.DeepClone();
        bundle.Write();
        string[] create = ["create", runtime.Root, bundle.Path];
        WatchedCall[] calls = Probe.Count(runtime, [.. create, "counted"]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        calls =
            Array.FindAll(calls,
                call => Array.Exists(["clone3", "waitid", "ns/user", "_map", "socketpair", "msg", "mount_setattr", "read "],
                    word => $"{call}".Contains(word, StringComparison.Ordinal)));
        Assert.That(calls, Has.Length.GreaterThan(15));
        RefuseEachOfCreate(runtime, calls, errno, [.. create, "victim"]);
    }

    internal static void RefuseEachOfCreate(Runtime runtime, WatchedCall[] calls, int errno, string[] create, Action? after = null)
    {
        int refused = 0;
        List<string> wrong = [];
        foreach (WatchedCall call in calls)
        {
            Result result = Probe.Fail(runtime, call, errno, create);
            after?.Invoke();
            if (result.ExitCode == Refused)
                refused++;
            else if (result.ExitCode != 0 || runtime.Run("delete", "--force", "victim").ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            if (Directory.Exists(Path.Combine(runtime.Root, "victim")))
                wrong.Add($"{call}: the state directory is left: {result.Errors}");
            runtime.Run("delete", "--force", "victim");
            Leftovers.Reap();
            foreach (string left in Leftovers.Of(runtime))
                wrong.Add($"{call}: {left}: {result.Errors}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(calls.Length / 2), "most calls are needed");
    }

    [TestCase(1, Description = "EPERM")]
    [TestCase(4, Description = "EINTR")]
    [TestCase(11, Description = "EAGAIN")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(22, Description = "EINVAL")]
    [TestCase(38, Description = "ENOSYS")]
    public void A_call_that_is_refused_ends_exec_cleanly_or_is_done_without(int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json")));
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("sleep", "1000");
        string id = Runtime.NewId();
        int init = runtime.StartContainer(id, bundle.Write());
        string[] exec = ["exec", runtime.Root, id, "true"];
        WatchedCall[] calls = Probe.Count(runtime, exec);
        Assert.That(calls, Has.Length.GreaterThan(50));
        calls = Sample(calls, errno);

        int refused = 0;
        List<string> wrong = [];
        foreach (WatchedCall call in calls)
        {
            Result result = Probe.Fail(runtime, call, errno, exec);
            if (result.ExitCode == Refused)
                refused++;
            else if (result.ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            foreach (string path in Support.Cgroups.Of(runtime.CgroupName))
                if (!SpinWait.SpinUntil(() => IsAlone(init, path), 5000)) // the runtime's death ends its child soon, and not at once
                    wrong.Add($"{call}: {string.Join(' ', Support.Cgroups.Processes(path))} in {path}");
        }
        Leftovers.End(runtime, id, init);
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(calls.Length / 3), "many calls are needed");
    }

    private static bool IsAlone(int init, string cgroup)
    {
        Leftovers.Reap();
        return string.Join(' ', Support.Cgroups.Processes(cgroup)) == $"{init}";
    }

    [TestCase(1, Description = "EPERM")]
    [TestCase(12, Description = "ENOMEM")]
    public void A_pause_that_fails_leaves_the_container_running_and_a_resume_can_be_tried_again(int errno)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        List<string> wrong = [];
        foreach ((string command, string other, string before, string after) in new[] { ("pause", "resume", "running", "paused"),
            ("resume", "pause", "paused", "running") })
        {
            string[] words = [command, runtime.Root, id];
            foreach (WatchedCall call in Probe.Count(runtime, words))
            {
                if (runtime.Status(id) == after)
                    runtime.Run(other, id).Expect(0);
                Result result = Probe.Fail(runtime, call, errno, words);
                string status = runtime.Status(id);
                // A resume has nothing to take back: what went wrong after the thaw is told, and the container runs.
                if (result.ExitCode is not (0 or Refused) || status != (result.ExitCode == 0 ? after : before) && command == "pause"
                    || status is not ("running" or "paused"))
                    wrong.Add($"{command} {call}: exit {result.ExitCode}, {status} {result.Errors}");
            }
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
    }

    [TestCase(1, Description = "EPERM")]
    [TestCase(12, Description = "ENOMEM")]
    [Must("errors.nothing-left")]
    public void An_update_changes_all_limits_or_none(int errno)
    {
        using Runtime runtime = Runtime.Create();
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers");
        const string old = """{ "memory": { "limit": 67108864 }, "cpu": { "shares": 512 }, "pids": { "limit": 100 } }""";
        const string wanted =
            """{ "memory": { "limit": 50331648, "swap": 100663296 }, "cpu": { "shares": 300, "quota": 50000 }, "pids": { "limit": 20 } }""";
        (string Controller, string File)[] files = [("memory", "memory.limit_in_bytes"), ("memory", "memory.memsw.limit_in_bytes"),
            ("cpu", "cpu.shares"), ("cpu", "cpu.cfs_quota_us"), ("pids", "pids.max")];
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["resources"] = System.Text.Json.Nodes.JsonNode.Parse(old);
        string id = Runtime.NewId(), stored = Path.Combine(runtime.Root, id, "resources.json");
        runtime.StartContainer(id, bundle);
        string Held()
            => string.Join(' ', System.Array.ConvertAll(files,
                f => File.ReadAllText($"/sys/fs/cgroup/{f.Controller}{bundle.Linux["cgroupsPath"]}/{f.File}").Trim()));
        string before = Held();
        string[] update = ["update", runtime.Root, id, wanted];
        WatchedCall[] calls = Probe.Count(runtime, update);
        string after = Held();
        Assert.That(after, Is.Not.EqualTo(before));

        List<string> wrong = [];
        foreach (WatchedCall call in calls)
        {
            File.Delete(stored);
            foreach ((string controller, string file) in files)
                File.WriteAllText($"/sys/fs/cgroup/{controller}{bundle.Linux["cgroupsPath"]}/{file}",
                    before.Split(' ')[System.Array.IndexOf(files, (controller, file))]);
            string held = Held();
            Result result = Probe.Fail(runtime, call, errno, update);
            bool done = result.ExitCode == 0;
            if (result.ExitCode is not (0 or Refused) || Held() != (done ? after : held) || File.Exists(stored) != done)
                wrong.Add($"{call}: exit {result.ExitCode}, {held} became {Held()} {result.Errors}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
    }

    /// <summary>
    /// A soak refuses every call with every errno; else those that say less are tried at each seventh, another seventh for each.
    /// </summary>
    private static WatchedCall[] Sample(WatchedCall[] calls, int errno)
        => errno is 1 or 12 or 38 ? calls : EachSeventh(calls, errno);

    internal static WatchedCall[] EachSeventh(WatchedCall[] calls, int errno)
        => Environment.GetEnvironmentVariable("SOAK") is not null ? calls : Array.FindAll(calls, call => call.Number % 7 == errno % 7);
}
