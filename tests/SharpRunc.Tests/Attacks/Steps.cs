using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Replays of one create, each with an attack at other calls, and what came of them.</summary>
internal sealed class Steps
{
    private const string Id = "victim";
    private const int Refused = 1;

    private readonly Runtime runtime;
    private readonly Sentinel sentinel;
    private readonly Prey prey;
    private readonly string[] create;
    private readonly List<string> mounts = [], wrong = [];
    private int replays, attacked, refused;

    public Steps(Runtime runtime, Sentinel sentinel, Prey prey)
    {
        this.runtime = runtime;
        this.sentinel = sentinel;
        this.prey = prey;
        create = ["create", runtime.Root, prey.Bundle.Path, Id];
        for (int i = 0; i < 2; i++) // the first makes the cgroup that those of all are in
        {
            prey.Restore();
            Calls = Probe.List(runtime, create);
            mounts = Mounts();
            runtime.Run("delete", "--force", Id).Expect(0);
        }
    }

    public WatchedCall[] Calls { get; } = [];

    /// <summary>
    /// Any other call commutes with an exchange of names: an attack before it is the same as one behind it. The runtime's own look at no
    /// name of the image.
    /// </summary>
    public static bool LooksAtNames(WatchedCall call) => call.Who == "child" && Array.IndexOf(
    [
        "openat", "openat2", "open_tree", "move_mount", "mount", "mkdirat", "mknodat", "symlinkat", "unlinkat", "renameat2", "readlinkat",
            "fchownat", "getdents64", "pivot_root",
    ], call.Name) >= 0;

    /// <summary>The calls of the child that look at a name on the way to the target, and the first behind them.</summary>
    public IEnumerable<WatchedCall> CallsTouching(string place)
    {
        string[] names = place.Split('/');
        bool touched = true; // before all of them, too
        foreach (WatchedCall call in Calls)
        {
            bool touches = LooksAtNames(call)
                && Array.Exists(call.Subject.Split('/'), name => name != "vol" && Array.IndexOf(names, name) >= 0);
            if (LooksAtNames(call) && (touches || touched))
                yield return call;
            touched = touches || touched && !LooksAtNames(call);
        }
    }

    public void Replay(Trick trick, WatchedCall[] calls, params (string Name, string Place, Lure Lure)[] targets)
    {
        prey.Restore();
        string moves = prey.Moves(Path.Combine(runtime.Work, "moves"), trick, targets);
        Result result = Probe.Step(runtime, calls, moves, create);
        string what =
            $"{trick} of {(targets.Length == 1 ? targets[0].Name : "all")} at {string.Join(", ", (object[])calls)}: exit {result.ExitCode} {result.Errors.Trim()}";
        replays++;
        if (result.Output.Contains("attacked", StringComparison.Ordinal))
            attacked++;
        else
            TestContext.Out.WriteLine($"not attacked: {what}");
        if (result.ExitCode == 0)
            CheckContainer(trick, what);
        else if (result.ExitCode != Refused)
            wrong.Add(what);
        else
            refused++;
        if (result.ExitCode != 0 && Directory.Exists(Path.Combine(runtime.Root, Id)))
            wrong.Add($"{what}: the state directory is left");
        if (Directory.Exists(Path.Combine(runtime.Root, Id)))
            runtime.Run("delete", "--force", Id);
        foreach (string left in Leftovers.Of(runtime))
            wrong.Add($"{what}: {left}");
        if (sentinel.Changes() is { } changes)
            wrong.Add($"{what}: the host's files: {changes}");
    }

    public void Verify()
    {
        TestContext.Out.WriteLine($"{Calls.Length} calls, {replays} replays, {attacked} attacked, {refused} refused");
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(attacked, Is.GreaterThan(replays * 9 / 10), "the attacks were made");
    }

    private void CheckContainer(Trick trick, string what)
    {
        List<string> lost = [.. mounts], more = Mounts();
        lost.RemoveAll(more.Remove);
        // rename(2), unlink(2): what is mounted on a name in another mount namespace goes with the name, then as at any later time.
        if (lost.Count > 0 && trick != Trick.Remove || more.Count > 0)
            wrong.Add($"{what}: without\n{string.Join("\n", lost)}\nbut with\n{string.Join("\n", more)}");
        CheckNoSecret($"/proc/{Pid}/root", what);
    }

    /// <summary>What the container sees, without its links.</summary>
    private void CheckNoSecret(string directory, string what)
    {
        foreach (string entry in Directory.GetFileSystemEntries(directory))
        {
            FileAttributes attributes = File.GetAttributes(entry);
            if ((attributes & FileAttributes.ReparsePoint) != 0 || Path.GetFileName(entry) is "proc" or "sys" or "bin" or "dev" or "cgroup")
                continue;
            if ((attributes & FileAttributes.Directory) != 0)
                CheckNoSecret(entry, what);
            else if ((attributes & FileAttributes.Device) == 0 && new FileInfo(entry) is { Length: > 0 }
                && File.ReadAllText(entry).Contains("HOST SECRET", StringComparison.Ordinal))
                wrong.Add($"{what}: the container sees the host's file at {entry}");
        }
    }

    private int Pid => (int)JsonNode.Parse(File.ReadAllText(Path.Combine(runtime.Root, Id, "state.json")))!["initPid"]!;

    /// <summary>
    /// The container's mounts: what is mounted, from where and how, but not on which of the names that the attacker made.
    /// </summary>
    private List<string> Mounts()
    {
        List<string> found = [];
        foreach (string line in File.ReadAllLines($"/proc/{Pid}/mountinfo"))
        {
            string[] fields = line.Split(' ');
            int dash = Array.IndexOf(fields, "-");
            // What is not there needs no mask.
            if (fields[3] == "/null" || fields[3].Replace("/.lures/vol_r", "/vol/r", StringComparison.Ordinal)
                .EndsWith("/vol/r/sub", StringComparison.Ordinal) || line.Contains("nr_inodes=1,", StringComparison.Ordinal))
                continue;
            // A tmpfs takes the mode of a directory that is there; where the attacker has taken that away, the kernel's own.
            found.Add(
                $"{fields[3]} {fields[5]} {string.Join(' ', fields[(dash + 1)..]).Replace(",mode=755", "", StringComparison.Ordinal)}");
        }
        found.Sort(string.CompareOrdinal);
        return found;
    }
}
