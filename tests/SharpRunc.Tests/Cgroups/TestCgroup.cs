using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;

namespace SharpRunc.Tests.Cgroups;

/// <summary>A cgroup of this test alone, with processes in it, gone at the end.</summary>
internal sealed class TestCgroup : IDisposable
{
    private static int number;

    private readonly List<Process> processes = [];

    internal string Name { get; }

    internal Cgroup Cgroup { get; }

    internal TestCgroup(string? name = null)
    {
        Require();
        Name = name ?? NewName();
        Cgroup = Make("/" + Name);
    }

    internal static CgroupLayout Layout { get; } = CgroupLayout.Detect();

    internal static Cgroup Make(string? path, string id = "unused") => Cgroup.Make(Layout, CgroupPath.InEach(Layout, path, id));

    /// <summary>Looks whether it is unused, and where it would be.</summary>
    internal static KeyValuePair<string, string>[] Reserve(string? path, string id = "unused")
        => Cgroup.Reserve(Layout, CgroupPath.InEach(Layout, path, id));

    internal static string NewName() => $"sharprunc-test-{Environment.ProcessId}-{Interlocked.Increment(ref number)}";

    /// <summary>Skips the test where cgroups cannot be made or are not laid out as here.</summary>
    internal static void Require(CgroupKind kind = CgroupKind.Hybrid)
    {
        if (Environment.UserName != "root")
            Assert.Ignore("needs root");
        if (Layout.Kind != kind)
            Assert.Ignore($"needs cgroups laid out as {kind}, here: {Layout.Kind}");
        if (!Directory.EnumerateFileSystemEntries(Layout.Hierarchies[0].MountPoint).Any())
            Assert.Ignore("cgroups cannot be reached");
    }

    internal string DirectoryOf(string controller) => Cgroup.Paths.First(p => p.Key.Split(',').Contains(controller)).Value;

    internal string Read(string controller, string file) => File.ReadAllText(Path.Combine(DirectoryOf(controller), file)).TrimEnd();

    /// <summary>Starts a shell that joins the cgroup everywhere, then runs the script.</summary>
    internal Process Start(string script)
    {
        string joins = string.Concat(Cgroup.Paths.Select(p => $"echo $$ > {p.Value}/cgroup.procs && "));
        ProcessStartInfo start = new("/bin/sh", ["-c", joins + "echo joined && { " + script + "\n}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Process process = Process.Start(start)!;
        processes.Add(process);
        Assert.That(process.StandardOutput.ReadLine(), Is.EqualTo("joined"));
        return process;
    }

    internal (int Status, string Output) Run(string script)
    {
        Process process = Start(script);
        string output = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
        Assert.That(process.WaitForExit(20_000), script);
        return (process.ExitCode, output);
    }

    public void Dispose()
    {
        KeyValuePair<string, string>[] paths = Cgroup.Paths;
        Cgroup.Processes.Kill(9);
        foreach (Process process in processes)
        {
            process.WaitForExit(5_000);
            process.Dispose();
        }
        Cgroup.Remove();
        Cgroup.Dispose();
        foreach ((string _, string path) in paths)
            Assert.That(Directory.Exists(path), Is.False, path);
    }
}
