using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// security.md S24: every call of create and exec that passes the kernel's door is refused once, in the runtime and in its child, by the
/// natively compiled probe. Whatever comes of it, nothing is left behind and nobody hangs.
/// </summary>
internal sealed class FaultSweepTests
{
    private const int Refused = 1;

    [TestCase(1, Description = "EPERM")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(38, Description = "ENOSYS")]
    public void A_call_that_is_refused_ends_create_cleanly_or_is_done_without(int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json"))).Write();
        string[] create = ["create", runtime.Root, bundle.Path];
        string[] calls = Count(runtime, [.. create, "counted"]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        Assert.That(calls, Has.Length.GreaterThan(300));
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
        string[] calls = Count(runtime, [.. create, "counted", listener.Path]);
        runtime.Run("delete", "--force", "counted").Expect(0);
        listener.Accept().Dispose();
        calls = Array.FindAll(calls, call => Array.Exists(["ioctl", "dup2", "connect", "/dev/pts", "ptmx", "console", "terminal"], word => call.Contains(word, StringComparison.Ordinal)));
        Assert.That(calls, Has.Length.GreaterThan(15));
        RefuseEachOfCreate(runtime, calls, errno, [.. create, "victim", listener.Path], listener.Refuse);
    }

    private static void RefuseEachOfCreate(Runtime runtime, string[] calls, int errno, string[] create, Action? after = null)
    {
        int refused = 0;
        List<string> wrong = [];
        foreach (string call in calls)
        {
            Result result = Fail(runtime, call, errno, create);
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
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(38, Description = "ENOSYS")]
    public void A_call_that_is_refused_ends_exec_cleanly_or_is_done_without(int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json")));
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("sleep", "1000");
        string id = Runtime.NewId();
        int init = runtime.StartContainer(id, bundle.Write());
        string[] exec = ["exec", runtime.Root, id, "true"];
        string[] calls = Count(runtime, exec);
        Assert.That(calls, Has.Length.GreaterThan(50));

        int refused = 0;
        List<string> wrong = [];
        foreach (string call in calls)
        {
            Result result = Fail(runtime, call, errno, exec);
            if (result.ExitCode == Refused)
                refused++;
            else if (result.ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            Leftovers.Reap();
            foreach (string path in Support.Cgroups.Of(runtime.CgroupName))
                if (string.Join(' ', Support.Cgroups.Processes(path)) is var left && left != $"{init}")
                    wrong.Add($"{call}: {left} in {path}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(calls.Length / 3), "many calls are needed");
    }

    private static string[] Count(Runtime runtime, string[] command)
        => runtime.Execute([Probe, "count", .. command]).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static Result Fail(Runtime runtime, string call, int errno, string[] command)
    {
        string[] fields = call.Split(' ', 3);
        return runtime.Execute([Probe, "fail", fields[0], fields[1], $"{errno}", .. command]);
    }

    private static string Probe
    {
        get
        {
            string probe = Path.Combine(Path.GetDirectoryName(Runtime.Binary)!, "helpers", "sharprunc-probe");
            if (!File.Exists(probe))
                Assert.Ignore($"{probe} is missing: make helpers");
            return probe;
        }
    }
}
