using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>SIGKILL at each system call of the runtime in turn: whatever it had done until then, `delete --force` takes it away.</summary>
internal sealed class KilledAtAnyCallTests
{
    [Test]
    public void Create_killed_at_any_call_leaves_nothing_that_delete_cannot_remove()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string[] command = runtime.Command("create", "--bundle", bundle.Path, "--pid-file", Path.Combine(runtime.Work, "pid"), "victim");
        runtime.CreateContainer("victim", bundle); // the first one under a root makes what the later ones find: their parent cgroups
        runtime.Run("delete", "--force", "victim").Expect(0);
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        runtime.Run("delete", "--force", "victim").Expect(0);
        KillAtEach(runtime, calls, command, before: () => { });
    }

    [Test]
    public void Start_killed_at_any_call_leaves_nothing_that_delete_cannot_remove()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "100");
        string[] command = runtime.Command("start", "victim");
        runtime.CreateContainer("victim", bundle);
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        runtime.Run("delete", "--force", "victim").Expect(0);
        KillAtEach(runtime, calls, command, before: () => runtime.CreateContainer("victim", bundle));
    }

    [Test]
    public void Exec_killed_at_any_call_leaves_no_process_that_was_not_ready()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        int init = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string[] command = runtime.Command("exec", id, "true");
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        Dictionary<string, int> seen = [];
        Assert.Multiple(() =>
        {
            foreach (Strace.Call call in calls)
            {
                int occurrence = seen[call.Name] = seen.GetValueOrDefault(call.Name) + 1;
                if (call.Name == "execve" && occurrence == 1 || call.Name == "exit_group")
                    continue;
                Strace.KillAt(runtime, command, call.Name, occurrence);
                for (int wait = 0; wait < 500 && Others(runtime, init).Length > 0; wait++, System.Threading.Thread.Sleep(10))
                    Leftovers.Reap();
                Leftovers.Reap();
                Assert.That(Others(runtime, init), Is.Empty, $"killed at {call} (the {occurrence}th {call.Name})");
            }
        });
    }

    private static string Others(Runtime runtime, int init)
    {
        foreach (string path in Support.Cgroups.Of(runtime.CgroupName))
            if (string.Join(' ', Support.Cgroups.Processes(path)) is var all && all != $"{init}")
                return all;
        return "";
    }

    private static void KillAtEach(Runtime runtime, List<Strace.Call> calls, string[] command, System.Action before)
    {
        Assert.That(calls, Has.Count.GreaterThan(10));
        Dictionary<string, int> seen = [];
        int killed = 0;
        Assert.Multiple(() =>
        {
            foreach (Strace.Call call in calls)
            {
                int occurrence = seen[call.Name] = seen.GetValueOrDefault(call.Name) + 1;
                // The first execve is strace's own; exit_group is the end.
                if (call.Name == "execve" && occurrence == 1 || call.Name == "exit_group")
                    continue;
                before();
                int exit = Strace.KillAt(runtime, command, call.Name, occurrence).ExitCode;
                if (exit == 137)
                    killed++;
                Leftovers.Reap();
                Result delete = runtime.Run("delete", "--force", "victim");
                Leftovers.Reap();
                List<string> left = Leftovers.Of(runtime);
                if (delete.ExitCode == 0 && left.Count == 0)
                    continue;
                Assert.Fail(
                    $"killed at {call} (the {occurrence}th {call.Name}): delete exit {delete.ExitCode} {delete.Errors}\nleft: {string.Join("\n", left)}");
                Leftovers.Remove(runtime);
                foreach (string state in Directory.GetDirectories(runtime.Root))
                    Directory.Delete(state, recursive: true);
            }
        });
        TestContext.Out.WriteLine($"killed at {killed} of {calls.Count} calls");
        // Waiting calls may come one more or one fewer; all others must have met their end.
        Assert.That(killed, Is.GreaterThan(calls.Count * 9 / 10));
    }
}
