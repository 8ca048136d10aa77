using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.CommandLine;

/// <summary>--debug tells what was decided and done, a line a step.</summary>
internal sealed class DebugTests
{
    [TestCase("text")]
    [TestCase("json")]
    public void Run_tells_each_step(string format)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers().WithoutSysfs().Mounting("/mnt", "bind", runtime.Work, "bind", "ro");
        bundle.Linux["seccomp"] = RawCalls.Profile(RawCalls.Rule("getpgrp", "SCMP_ACT_ERRNO"));
        bundle.Linux["resources"]!["pids"] = new JsonObject { ["limit"] = 50 };
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = "/bin/true" }) };
        string log = Path.Combine(runtime.Work, "log");
        Assert.That(runtime.Run("--debug", "--log", log, "--log-format", format, "run", "--bundle", bundle.Write().Path, Runtime.NewId())
            .Expect(0).Errors, Is.Empty);
        string[] lines = File.ReadAllLines(log);
        Assert.That(lines, Has.All.Contains("debug").And.All.Contains("func").And.All.Contains(".cs:"));
        foreach (string step in new[]
        {
            "binary: ", $"bundle {bundle.Path}: ", "namespace pid: new, by clone3", "namespace user: new, by clone3", "uid_map of process ",
                "0 100000 65536", "driver cgroupfs", $"cgroup /sys/fs/cgroup/",
            "pids.max: 50", "seccomp: ", " instructions", "seccomp filter flags: ", "mounts[0] /proc: ", $"/mnt: Bind bind {runtime.Work}",
                "attributes set 0x1", "device /dev/null: ", "createRuntime hook #0 /bin/true: ", " ms, status 0",
            "switched to by pivot_root", "is set up and waits for start", "program of process ",
        })
            Assert.That(lines, Has.Some.Contains(step));
    }

    [Test]
    public void Without_it_nothing_is_told()
    {
        using Runtime runtime = Runtime.Create();
        string log = Path.Combine(runtime.Work, "log");
        runtime.Run("--log", log, "run", "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()).Expect(0);
        Assert.That(File.ReadAllText(log), Is.Empty);
    }

    [Test]
    public void Every_command_tells_something(
        [Values("create", "start", "state", "list", "exec", "exec -d", "ps", "pause", "resume", "update", "events", "kill", "delete",
            "features", "spec")] string command)
    {
        if (command == "ps")
            Tool.Require("ps");
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), log = Path.Combine(runtime.Work, "log");
        Bundle bundle = runtime.NewBundle("sleep", "1000").Write();
        if (command == "start")
            runtime.CreateContainer(id, bundle);
        else if (command != "create")
            runtime.StartContainer(id, bundle);
        if (command == "resume")
            runtime.Run("pause", id).Expect(0);
        string[] words = command.Split(' ');
        string[] rest = words[0] switch
        {
            "create" => ["--bundle", bundle.Path, id],
            "exec" => [.. words[1..], id, "true"],
            "update" => ["--pids-limit", "60", id],
            "events" => ["--stats", id],
            "kill" => [id, "0"],
            "delete" => ["--force", id],
            "spec" => ["--bundle", Directory.CreateDirectory(Path.Combine(runtime.Work, "spec")).FullName],
            "list" or "features" => [],
            _ => [id],
        };
        runtime.Run(["--debug", "--log", log, words[0], .. rest]).Expect(0);
        Assert.That(File.ReadAllText(log), Does.Contain("level=debug").And.Contain(words[0]));
        Leftovers.Reap(); // a detached exec's process is ours
    }
}
