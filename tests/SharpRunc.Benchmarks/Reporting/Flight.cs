using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>
/// Many commands at the same time. One thread starts them (the private mount namespace is its alone) and waits for whichever ends next, so
/// that the harness costs a posix_spawn and a wait4 each, and no switching between threads.
/// </summary>
internal sealed class Flight(string work)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly Dictionary<int, (int Index, long Started)> flying = [];
    private readonly Lock gate = new();

    /// <summary>From each start to its end, milliseconds; only of those that ended with 0.</summary>
    public List<double> Latencies { get; } = [];

    /// <summary>What the others said.</summary>
    public List<(int Index, string Message)> Failures { get; } = [];

    /// <param name="atOnce">As soon as one ends, the next starts.</param>
    /// <param name="command">Of the index 0 … total - 1.</param>
    /// <returns>Milliseconds from the first start to the last end.</returns>
    public double Run(int atOnce, int total, Func<int, string[]> command)
    {
        string[][] commands = new string[total][];
        for (int i = 0; i < total; i++)
            commands[i] = command(i);
        // One that hangs is ended, and then counts as failed.
        using Timer timer = new(_ => EndAll(), null, Deadline, Timeout.InfiniteTimeSpan);
        long begun = Stopwatch.GetTimestamp();
        for (int next = 0; next < total || flying.Count > 0;)
        {
            Interruption.ThrowIfAsked();
            bool start = next < total && flying.Count < atOnce;
            if (start)
            {
                long started = Stopwatch.GetTimestamp();
                int pid = Child.Start(commands[next], errors: Errors(next)).Pid;
                lock (gate)
                    flying[pid] = (next++, started);
            }
            // Between two starts too: an end is not noted later than it is seen.
            while (Land(wait: !start)) { }
        }
        return Stopwatch.GetElapsedTime(begun).TotalMilliseconds;
    }

    /// <returns>Whether to look for another at once.</returns>
    private unsafe bool Land(bool wait)
    {
        int status, pid = waitpid(-1, &status, wait ? 0 : NoHang);
        long ended = Stopwatch.GetTimestamp();
        (int Index, long Started) landed;
        lock (gate)
            if (pid <= 0 || !flying.Remove(pid, out landed))
                return pid > 0; // an orphan that a runtime left to us
        if (status == 0)
            Latencies.Add(Stopwatch.GetElapsedTime(landed.Started, ended).TotalMilliseconds);
        else
            Failures.Add((landed.Index, Describe(status, landed.Index)));
        return !wait;
    }

    private string Describe(int status, int index)
    {
        string ended = (status & 0x7f) == 0 ? $"exit {status >> 8 & 0xff}" : $"signal {status & 0x7f}";
        return $"{ended}: {File.ReadAllText(Errors(index)).Trim()}";
    }

    private void EndAll()
    {
        lock (gate)
            foreach (int pid in flying.Keys)
                Processes.Kill(pid);
    }

    private string Errors(int index) => Path.Combine(work, $"flight-{index}.err");

    private const int NoHang = 1;

    [DllImport("libc")]
    private static extern unsafe int waitpid(int pid, int* status, int options);
}
