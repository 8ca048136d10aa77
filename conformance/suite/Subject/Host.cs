using System;
using System.Globalization;
using System.IO;
using System.Threading;
using SharpRunc.Tests.Support;

namespace SharpRunc.Conformance;

/// <summary>What all tests of a run share. Everything that they make lies below <see cref="Work"/> or in cgroups of its name.</summary>
internal sealed class Host : IDisposable
{
    private int number;

    /// <exception cref="Skipped">Nothing can be tried here.</exception>
    public Host(string runtime, string inside)
    {
        if (!Environment.IsPrivilegedProcess)
            throw new Skipped("root is needed");
        if (!File.Exists(inside))
            throw new Skipped($"{inside} is missing: make conformance builds it");
        if (!File.Exists(runtime))
            throw new Skipped($"{runtime} is not there");
        Child.BecomeSubreaper();
        // A value that no runtime would set by itself: a container that asks for none inherits it.
        if (File.ReadAllText("/proc/self/oom_score_adj").Trim() == "0")
            File.WriteAllText("/proc/self/oom_score_adj", "100");
        Work = Directory.CreateTempSubdirectory("conformance-").FullName;
        // Containers with a mapped root walk through it.
        File.SetUnixFileMode(Work, (UnixFileMode)0x1ED);
        Inside = Path.Combine(Work, "inside");
        File.Copy(inside, Inside);
        File.WriteAllText(NoInput, "");
        Program = Path.GetFullPath(runtime);
        Runtime = new RuntimeUnderTest(Program, arguments => Run([Program, "--root", Path.Combine(Work, "state"), .. arguments]));
    }

    public string Work { get; }

    /// <summary>The containers' program: it must run from a file system that allows programs.</summary>
    public string Inside { get; }

    public string Program { get; }

    public RuntimeUnderTest Runtime { get; }

    public Cgroups Cgroups { get; } = new();

    /// <summary>The top-level cgroup of all containers, without a leading slash.</summary>
    public string Cgroup => Path.GetFileName(Work);

    /// <summary>Whether root has CAP_SYS_RESOURCE here.</summary>
    public static bool MayRaiseLimits
        => Array.Find(File.ReadAllLines("/proc/self/status"), l => l.StartsWith("CapEff:", StringComparison.Ordinal)) is { } line
        && (ulong.Parse(line.Split('\t')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) >> 24 & 1) == 1;

    public string NextName() => Interlocked.Increment(ref number).ToString(CultureInfo.InvariantCulture);

    /// <summary>
    /// Of our own: a runtime may give its standard streams to the container's root, and the host's /dev/null is everybody's.
    /// </summary>
    private string NoInput => Path.Combine(Work, "no-input");

    /// <summary>Runs a program to its end, or kills it after 30 s. Its streams are files: a container keeps them.</summary>
    /// <exception cref="TimeoutException">It did not end.</exception>
    public Result Run(string[] command, string? directory = null, string? input = null)
    {
        string name = Path.Combine(Work, "call-" + NextName()), output = name + ".out", errors = name + ".err";
        int exit = Child.Start(command, output, errors, directory, input: input ?? NoInput).Wait(TimeSpan.FromSeconds(30));
        return new Result(string.Join(' ', command), exit, File.ReadAllText(output), File.ReadAllText(errors)) { OutputFile = output };
    }

    public void Dispose()
    {
        Cgroups.Remove(Cgroup);
        Mounts.Unmount(Work);
        Directory.Delete(Work, recursive: true);
    }
}
