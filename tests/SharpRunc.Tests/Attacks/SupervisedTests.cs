using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Any runtime, from outside. A supervisor of its system calls (seccomp) lets the attacker act before each one that looks at
/// names. That an older runc is caught shows that the attack is real.
/// </summary>
internal sealed class SupervisedTests
{
    private const string Id = "victim";

    private static readonly (string, string, Lure)[] Target = [("a directory to mount on", "vol/y", Lure.Directory)];

    [Test]
    public void No_call_of_ours_is_a_moment_to_reach_the_host()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Assert.That(Caught(runtime, sentinel, runtime.Program), Is.Empty);
    }

    /// <summary>CVE-2024-45310: runc up to 1.1.13 makes the mount point on the host.</summary>
    [Test]
    public void A_runc_that_is_known_to_fall_for_it_does()
    {
        const string runc = "/usr/sbin/runc";
        if (!File.Exists(runc))
            Assert.Ignore("runc is not installed");
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        if (!runtime.Execute([runc, "--version"]).Output.StartsWith("runc version 1.1.5", StringComparison.Ordinal))
            Assert.Ignore("this runc may have been mended");
        List<string> caught = [];
        // its threads make the calls in another order each time: a number may never be the one
        for (int round = 0; round < 4 && caught.Count == 0; round++)
            caught = Caught(runtime, sentinel, runc);
        Assert.That(caught, Is.Not.Empty);
        Assert.That(caught[0], Does.Contain("/deep"));
    }

    /// <summary>It opens below the root by descriptors; on a hybrid host it wants cgroup v1 alone.</summary>
    [Test]
    public void A_crun_that_is_known_not_to_fall_for_this_one_does_not()
    {
        if (!File.Exists("/usr/bin/crun"))
            Assert.Ignore("crun is not installed");
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        if (!runtime.Execute(["/usr/bin/crun", "--version"]).Output.StartsWith("crun version 1.8", StringComparison.Ordinal))
            Assert.Ignore("this crun may have other ways");
        string crun = Path.Combine(runtime.Work, "crun");
        File.WriteAllText(crun, $"#!/bin/sh\nexec {Repository.Root}/conformance/without-unified /usr/bin/crun \"$@\"\n");
        File.SetUnixFileMode(crun, (UnixFileMode)0x1ED);
        Assert.That(Caught(runtime, sentinel, crun), Is.Empty);
    }

    /// <summary>The calls before which an exchange reached the host, and what became of it.</summary>
    private static List<string> Caught(Runtime runtime, Sentinel sentinel, string program)
    {
        using TemporaryDirectory host = new();
        Prey prey = new(runtime, sentinel, host.Path);
        while (prey.Bundle.Mounts.Count > 0 && (string)prey.Bundle.Mounts[^1]!["destination"]! != "/vol/y/deep/file")
            prey.Bundle.Mounts.RemoveAt(prey.Bundle.Mounts.Count - 1);
        prey.Bundle.Linux.Remove("devices");
        prey.Bundle.WithCwd("/");
        List<string> caught = [];
        int calls = Supervise(runtime, prey, program, 0).Length;
        Assert.That(calls, Is.GreaterThan(20), program);
        for (int number = 1; number <= calls && caught.Count == 0; number++)
        {
            string[] made = Supervise(runtime, prey, program, number);
            if (sentinel.Changes() is { } changes)
                caught.Add($"call {number} of {calls} ({(made.Length < number ? "" : made[number - 1])}): {changes}");
        }
        TestContext.Out.WriteLine($"{program}: {calls} calls, {(caught.Count == 0 ? "never caught" : caught[0])}");
        if (Directory.Exists(sentinel["deep"]))
            Directory.Delete(sentinel["deep"], recursive: true);
        return caught;
    }

    private static string[] Supervise(Runtime runtime, Prey prey, string program, int number)
    {
        prey.Restore();
        string moves = prey.Moves(Path.Combine(runtime.Work, "moves"), Trick.Link, Target), root = Path.Combine(runtime.Work, "supervised");
        Result result = runtime.Execute([Probe.Program, "supervise", $"{number}", moves, program, "--root", root, "create", "--bundle",
            prey.Bundle.Path, Id]);
        runtime.Execute([program, "--root", root, "delete", "--force", Id]);
        Leftovers.Reap();
        return Array.FindAll(result.Output.Split('\n'), line => line.Length > 0 && char.IsDigit(line[0]));
    }
}
