using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>Those below us, and what they take.</summary>
internal static class Processes
{
    /// <summary>Processor time of everyone who was waited for, by us or by one of those, in milliseconds.</summary>
    public static unsafe double ChildrenCpu
    {
        get
        {
            long* usage = stackalloc long[18]; // struct rusage: user seconds and microseconds, system seconds and microseconds, …
            getrusage(Children, usage);
            return (usage[0] + usage[2]) * 1000.0 + (usage[1] + usage[3]) / 1000.0;
        }
    }

    /// <summary>Our children and theirs: as a subreaper we have whatever a runtime leaves behind.</summary>
    public static List<int> Descendants()
    {
        List<int> found = [];
        Add("/proc/self/task");
        return found;

        void Add(string tasks)
        {
            try
            {
                foreach (string task in Directory.GetDirectories(tasks))
                    foreach (string child in File.ReadAllText(Path.Combine(task, "children"))
                        .Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    {
                        found.Add(int.Parse(child, CultureInfo.InvariantCulture));
                        Add($"/proc/{child}/task");
                    }
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
    }

    /// <summary>A process's proportional set size, KiB; one that has ended has none.</summary>
    public static double Pss(string pid)
    {
        try
        {
            Match pss = Regex.Match(File.ReadAllText($"/proc/{pid}/smaps_rollup"), @"^Pss:\s+(\d+) kB", RegexOptions.Multiline);
            return double.Parse(pss.Groups[1].Value, CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            return 0;
        }
    }

    /// <summary>Also those that they start meanwhile.</summary>
    public static void EndAll()
    {
        for (List<int> left = Descendants(); left.Count > 0; left = Descendants())
            foreach (int process in left)
            {
                Kill(process);
                Child.Reap(process);
            }
    }

    public static void Kill(int process) => kill(process, Killed);

    private const int Children = -1, Killed = 9;

    [DllImport("libc")]
    private static extern unsafe int getrusage(int who, long* usage);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
