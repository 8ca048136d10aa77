using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>security.md S24 for start and delete: what they could not do, a delete --force can.</summary>
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
        bundle.Config["hooks"] = JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/true" }], "poststart": [{ "path": "/bin/true" }], "poststop": [{ "path": "/bin/true" }] }""");
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
}
