using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Seccomp;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>
/// Docker's default profile: what compiling takes, and system calls under our program and under libseccomp's, with its tree as runc asks
/// for it.
/// </summary>
internal static class FilterCost
{
    private const int Starts = 15, WarmBar = 300, ColdBar = 1000;

    private static readonly string Config = Path.Combine(AppContext.BaseDirectory, "docker-default.json");

    /// <param name="probe">The program that measures, compiled as the runtime is.</param>
    /// <returns>Whether compiling takes no more than the bars, in microseconds.</returns>
    public static bool Print(string probe, Host host)
    {
        List<double> cold = [], warm = [];
        for (int i = 0; i < Starts; i++)
        {
            double[] taken = Numbers(Ask(host, probe, "compile", Config)[0]);
            cold.Add(taken[0]);
            warm.Add(taken[1]);
        }
        cold.Sort();
        warm.Sort();
        Console.WriteLine($"\nseccomp: Docker's default profile compiles "
            + $"in {warm[Starts / 2]:0} µs (bar {WarmBar}), the first time in a process in {cold[Starts / 2]:0} µs (bar {ColdBar})");
        PrintCalls(probe, host);
        return warm[Starts / 2] <= WarmBar && cold[Starts / 2] <= ColdBar;
    }

    private static void PrintCalls(string probe, Host host)
    {
        string ours = Path.Combine(host.Work, "ours.bpf"), theirs = Path.Combine(host.Work, "theirs.bpf");
        Core.Spec.Seccomp profile = ConfigReader.Read(File.ReadAllBytes(Config)).Linux.Seccomp!;
        File.WriteAllBytes(ours, SeccompCompiler.Compile(profile)!.Instructions);
        try
        {
            using Libseccomp libseccomp = new();
            libseccomp.Add(profile, Architecture.Native);
            File.WriteAllBytes(theirs, Verdict.Bytes(libseccomp.Compile(tree: true)[0]!));
        }
        catch (NotSupportedException e)
        {
            Console.WriteLine($"libseccomp: {e.Message}; measured without it");
            return;
        }
        double[][] taken = Array.ConvertAll(Ask(host, probe, "filters", ours, theirs), Numbers);
        string[] calls = ["getpid (always allowed)", "personality (allowed for its argument)", "mount (refused)"];
        Console.WriteLine("| ns a call | no filter | sharprunc | libseccomp | ratio |\n|---|---|---|---|---|");
        for (int i = 0; i < calls.Length; i++)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {calls[i]} | {taken[0][i]:0} | {taken[1][i]:0} | {taken[2][i]:0} | {taken[1][i] / taken[2][i]:0.00} |"));
    }

    private static string[] Ask(Host host, params string[] command)
    {
        string output = Path.Combine(host.Work, "filter-cost"), errors = output + ".err";
        if (Child.Start(command, output, errors).Wait() != 0)
            throw new InvalidOperationException($"{command[0]} {command[1]}: {File.ReadAllText(errors)}");
        return File.ReadAllLines(output);
    }

    private static double[] Numbers(string line)
        => Array.ConvertAll(line.Split(' ', StringSplitOptions.RemoveEmptyEntries),
            word => double.Parse(word, CultureInfo.InvariantCulture));
}
