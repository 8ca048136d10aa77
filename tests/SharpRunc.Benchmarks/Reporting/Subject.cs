using System;
using System.Collections.Generic;
using System.IO;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>A runtime that was measured, or should have been.</summary>
/// <param name="Version">What it says of itself: the first line, and the commit's.</param>
/// <param name="Size">Of its file, bytes; 0: it is not there.</param>
internal sealed record Subject(string Name, string Program, string Version, long Size)
{
    public static List<Subject> All(Options options, Host host)
    {
        List<Subject> subjects = [];
        foreach ((string name, string program) in options.Runtimes)
            subjects.Add(new Subject(name, program, VersionOf(program, host), new FileInfo(Target(program)).Length));
        foreach ((string name, string program) in options.Missing)
            subjects.Add(new Subject(name, program, "missing: not measured", 0));
        return subjects;
    }

    private static string Target(string program) => File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;

    private static string VersionOf(string program, Host host)
    {
        string output = Path.Combine(host.Work, "version");
        int exit;
        try
        {
            exit = Child.Start([program, "--version"], output, output).Wait(TimeSpan.FromSeconds(10));
        }
        catch (Exception e) when (e is TimeoutException or System.ComponentModel.Win32Exception)
        {
            return e.Message;
        }
        string[] lines = File.ReadAllText(output).Trim().Split('\n');
        string commit = Array.Find(lines, line => line.StartsWith("commit:", StringComparison.Ordinal)) is { } found ? ", " + found : "";
        return exit == 0 ? lines[0] + commit : $"--version fails with {exit}: {lines[0]}";
    }
}
