using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The init is cloned while the runtime holds the container's lock; it must not keep it.</summary>
internal sealed class LockTests
{
    [Test]
    public void An_init_whose_create_was_killed_when_it_was_ready_does_not_keep_the_lock()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string[] command = runtime.Command("create", "--bundle", bundle.Path, "victim");
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        runtime.Run("delete", "--force", "victim").Expect(0);
        int last = calls.FindLastIndex(call => call.Name == "recvmsg"), tried = 0, alive = 0;
        Assert.That(last, Is.Positive);
        for (int i = last; i < calls.Count; i++)
        {
            string name = calls[i].Name;
            if (name == "exit_group")
                continue;
            int occurrence = calls.FindAll(call => call.Name == name).Count - calls[(i + 1)..].FindAll(call => call.Name == name).Count;
            // Waiting calls may come one more or one fewer, so it may live.
            if (Strace.KillAt(runtime, command, name, occurrence).ExitCode == 137)
                tried++;
            string directory = Path.Combine(runtime.Root, "victim");
            AssertFree(Path.Combine(directory, "lock"), $"killed at {calls[i]}");
            if (runtime.Run("state", "victim") is { ExitCode: 0 } state
                && !state.Output.Contains("\"stopped\"", System.StringComparison.Ordinal))
                alive++;
            long began = Stopwatch.GetTimestamp();
            runtime.Run("delete", "--force", "victim").Expect(0);
            Assert.That(Stopwatch.GetElapsedTime(began).TotalSeconds, Is.LessThan(5));
            Leftovers.Reap();
        }
        TestContext.Out.WriteLine($"killed at {tried} calls, {alive} containers lived");
        Assert.That(tried, Is.GreaterThan(3));
    }

    [Test]
    public void Nobody_holds_the_lock_of_a_container_that_waits_or_runs()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.CreateContainer(id, runtime.NewBundle("sleep", "100"));
        AssertFree(Path.Combine(runtime.Root, id, "lock"), "created");
        runtime.Run("start", id).Expect(0);
        AssertFree(Path.Combine(runtime.Root, id, "lock"), "running");
    }

    [Test]
    public void What_lies_in_the_locks_place_and_is_no_file_keeps_nobody_from_deleting([Values("directory", "link")] string what)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), path = Path.Combine(runtime.Root, id, "lock");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "100"));
        File.Delete(path);
        if (what == "directory")
            Directory.CreateDirectory(path);
        else
            File.CreateSymbolicLink(path, "/nowhere");
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
    }

    /// <summary>An init that dies of the runtime's death needs a moment.</summary>
    private static void AssertFree(string path, string when)
    {
        if (!File.Exists(path))
            return;
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_RDWR);
        SysError error = default;
        for (int i = 0; i < 100; i++, Thread.Sleep(10))
        {
            error = Sys.TryFlock(file, LOCK_EX | LOCK_NB);
            if (!error.Failed)
                return;
        }
        Assert.Fail($"{when}: flock {error.Errno}");
    }
}
