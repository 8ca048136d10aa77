using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>The program that makes the bare system calls of a container and nothing else: what no runtime can beat.</summary>
internal sealed class Floor(string program, Bundle bundle, Host host)
{
    private readonly Series whole = new(), start = new();

    public void Run()
    {
        Time(whole, [program, bundle.Rootfs, host.Cgroup.TrimStart('/') + "/floor"]);
        Time(start, [program]);
    }

    public void Forget()
    {
        whole.Clear();
        start.Clear();
    }

    public void Print(IReadOnlyList<Candidate> candidates)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"floor: {whole.Median:0.00} ({whole.Minimum:0.00}) ms, of which starting a static "
            + $"program {start.Median:0.00} ({start.Minimum:0.00}) ms"));
        foreach (Candidate candidate in candidates)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"  run of {candidate.Name}: {candidate["run"].Median / whole.Median:0.00} × the floor"));
        Forget();
    }

    private void Time(Series series, string[] command)
    {
        string errors = Path.Combine(host.Work, "floor.err");
        long started = Stopwatch.GetTimestamp();
        int exit = Child.Start(command, errors: errors).Wait();
        series.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
        if (exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}\n{File.ReadAllText(errors)}");
    }
}
