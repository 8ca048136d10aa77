using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>A command that is asked to end while it makes something undoes it, and ends with 128 and the signal's number.</summary>
internal sealed class InterruptedTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    [Test]
    public void Create_and_run_undo_what_they_made([Values("create", "run", "run -d")] string command, [Values(1, 2, 3, 15)] int signal)
    {
        using Runtime runtime = Runtime.Create();
        string waiting = Path.Combine(runtime.Work, "waiting"), errors = Path.Combine(runtime.Work, "errors");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(Hook($"touch {waiting}; exec sleep 1000")) };
        Child child = Child.Start(runtime.Command([.. command.Split(' '), "--bundle", bundle.Write().Path, Runtime.NewId()]),
            errors: errors);
        Eventually.Holds(() => File.Exists(waiting), "the hook runs");
        child.Kill(signal);
        Assert.That(child.Wait(Patience), Is.EqualTo(128 + signal));
        Assert.That(File.ReadAllText(errors), Does.Contain($"interrupted by signal {signal} ("));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    /// <summary>The process joins a frozen cgroup and stops there.</summary>
    [Test]
    public void Exec_into_a_paused_container_ends_when_asked_to([Values] bool detached, [Values(1, 2, 3, 15)] int signal)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), mark = Path.Combine(runtime.Work, "errors");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.StartContainer(id, bundle);
        runtime.Run("pause", id).Expect(0);
        Child child = Child.Start(
            runtime.Command(["exec", "--ignore-paused", .. detached ? ["-d"] : Array.Empty<string>(), id, "touch", "/ran"]), errors: mark);
        Eventually.Holds(() => runtime.Run("ps", "--format", "json", id).Output.Split(',').Length == 2, "the process is in the container");
        child.Kill(signal);
        Assert.That(child.Wait(Patience), Is.EqualTo(128 + signal));
        runtime.Run("resume", id).Expect(0);
        Eventually.Holds(() => runtime.Run("ps", "--format", "json", id).Output.Split(',').Length == 1, "nothing is left of it");
        Leftovers.Reap(); // we are its parent now, as the system's init is elsewhere
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "ran")), Is.False);
    }

    /// <summary>setrlimit(2): what is beyond RLIMIT_FSIZE fails with EFBIG, and SIGXFSZ would end us halfway.</summary>
    [Test]
    public void A_file_that_grows_too_large_is_an_error_and_nothing_is_left([Values("create", "run")] string command,
        [Values(0, 100, 1000)] int limit)
    {
        using Runtime runtime = Runtime.Create();
        string[] limited = ["/usr/bin/prlimit", $"--fsize={limit}",
            .. runtime.Command(command, "--bundle", runtime.NewBundle("true").Path, Runtime.NewId())];
        Result result = runtime.Execute(limited).Expect(1);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty, result.Errors);
    }

    [TestCase(false)]
    [TestCase(true)]
    public void No_signal_is_blocked_or_ignored_in_the_program(bool exec)
    {
        using Runtime runtime = Runtime.Create();
        const string script = "grep -E 'Sig(Blk|Ign)' /proc/self/status; ulimit -f";
        string id = Runtime.NewId();
        if (exec)
            runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string[] command = exec ? ["exec", id, "sh", "-c", script] : ["run", "--bundle", runtime.NewBundle().Says(script).Write().Path, id];
        Assert.That(runtime.Execute(["/usr/bin/prlimit", "--fsize=104857600", .. runtime.Command(command)]).Expect(0).Output,
            Is.EqualTo("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n204800\n"));
    }

    private static JsonObject Hook(string script) => new()
    {
        ["path"] = "/bin/sh",
        ["args"] = new JsonArray("sh", "-c", script),
        ["env"] = new JsonArray("PATH=/usr/bin:/bin"),
    };
}
