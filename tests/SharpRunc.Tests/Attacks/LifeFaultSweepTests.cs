using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Refused calls of start, delete and an exec with a terminal: what they could not do, a delete --force can.</summary>
internal sealed class LifeFaultSweepTests
{
    private const int Refused = 1;

    [TestCase("start", 1, Description = "EPERM")]
    [TestCase("start", 4, Description = "EINTR")]
    [TestCase("start", 12, Description = "ENOMEM")]
    [TestCase("start", 38, Description = "ENOSYS")]
    [TestCase("delete", 1, Description = "EPERM")]
    [TestCase("delete", 4, Description = "EINTR")]
    [TestCase("delete", 12, Description = "ENOMEM")]
    [TestCase("delete", 38, Description = "ENOSYS")]
    [Must("errors.nothing-left")]
    public void After_any_call_that_is_refused_a_delete_force_leaves_nothing(string command, int errno)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Config["hooks"] =
            JsonNode.Parse(
                """{ "startContainer": [{ "path": "/bin/true" }], "poststart": [{ "path": "/bin/true" }], "poststop": [{ "path": "/bin/true" }] }""");
        bundle.Write();
        string[] words = [command, runtime.Root, "victim"];
        runtime.CreateContainer("victim", bundle);
        WatchedCall[] calls = Probe.Count(runtime, words);
        runtime.Run("delete", "--force", "victim").Expect(0);
        Assert.That(calls, Has.Length.GreaterThan(25));

        int refused = 0;
        List<string> wrong = [];
        foreach (WatchedCall call in FaultSweepTests.EachSeventh(calls, errno))
        {
            runtime.CreateContainer("victim", bundle);
            Result result = Probe.Fail(runtime, call, errno, words);
            bool there = Directory.Exists(Path.Combine(runtime.Root, "victim"));
            if (result.ExitCode == Refused)
                refused++;
            if (result.ExitCode is not (0 or Refused) || result.ExitCode == 0 && there != (command == "start"))
                wrong.Add($"{call}: exit {result.ExitCode}, {(there ? "there" : "gone")} {result.Errors}");
            if (result.ExitCode == 0 && there && runtime.Status("victim") is var status and not "running")
                wrong.Add($"{call}: {status}");
            if (runtime.Run("delete", "--force", "victim") is { ExitCode: not 0 } delete)
                wrong.Add($"{call}: it cannot be deleted: {delete.Errors}");
            foreach (string left in Leftovers.Of(runtime))
                wrong.Add($"{call}: {left}: {result.Errors}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(0), "some calls are needed");
    }

    [TestCase(1, Description = "EPERM")]
    [TestCase(4, Description = "EINTR")]
    [TestCase(5, Description = "EIO")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(38, Description = "ENOSYS")]
    public void An_exec_with_a_terminal_leaves_the_container_as_it_was(int errno)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        string id = Runtime.NewId(), process = Path.Combine(runtime.Work, "process.json");
        int init = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        File.WriteAllText(process,
            """{ "args": ["true"], "env": ["PATH=/bin"], "cwd": "/", "terminal": true, "user": { "uid": 0, "gid": 0 } }""");
        string[] spawn = ["spawn", runtime.Root, id, process, listener.Path];
        WatchedCall[] calls = Probe.Count(runtime, spawn);
        listener.Refuse();
        AwaitOnly(runtime, init);
        Assert.That(calls, Has.Length.GreaterThan(60));

        int refused = 0;
        List<string> wrong = [];
        WatchedCall[] sample = FaultSweepTests.EachSeventh(calls, errno);
        foreach (WatchedCall call in sample)
        {
            Result result = Probe.Fail(runtime, call, errno, spawn);
            listener.Refuse();
            if (result.ExitCode == Refused)
                refused++;
            else if (result.ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            if (AwaitOnly(runtime, init) is { Length: > 0 } left)
                wrong.Add($"{call}: {left}: {result.Errors}");
        }
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(sample.Length / 3), "many calls are needed");
    }

    /// <summary>What was executed ends by itself, and as long as nobody has waited for it the container cannot.</summary>
    private static string AwaitOnly(Runtime runtime, int init)
    {
        string others = "";
        for (int wait = 0; wait < 200 && (others = Others(runtime, init)).Length > 0; wait++)
            System.Threading.Thread.Sleep(10);
        return others;
    }

    private static string Others(Runtime runtime, int init)
        => string.Join(", ", Leftovers.Of(runtime)
            .FindAll(left => left.StartsWith("process ", StringComparison.Ordinal)
                && !left.StartsWith($"process {init} ", StringComparison.Ordinal)));
}
