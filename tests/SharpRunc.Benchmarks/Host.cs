using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>
/// The private mount namespace that every runtime is measured in. The v2 mount of the hybrid layout is taken away, because crun
/// refuses a container there, and state directories lie on a tmpfs, as /run is.
/// </summary>
internal sealed class Host : IDisposable
{
    private const string Unified = "/sys/fs/cgroup/unified", CgroupRoot = "/sys/fs/cgroup";

    public Host()
    {
        Check(unshare(NewNamespace), "unshare");
        Check(mount(null, "/", null, Recursive | Private, null), "mount /");
        if (Directory.Exists(Unified))
            Check(umount2(Unified, Detach), "umount2 " + Unified);
        Work = Directory.CreateTempSubdirectory("sharprunc-bench-").FullName;
        Check(mount("tmpfs", Work, "tmpfs", 0, "mode=755"), "mount " + Work);
        Cgroup = "/" + Path.GetFileName(Work);
    }

    /// <summary>A tmpfs that nobody else sees.</summary>
    public string Work { get; }

    /// <summary>The top-level cgroup that all containers of this run lie under.</summary>
    public string Cgroup { get; }

    /// <summary>Binds a program on itself, read-only: whoever executes it there cannot be made to overwrite it.</summary>
    public string ReadOnly(string program)
    {
        string path = Path.Combine(Work, "ro-" + Path.GetFileName(program));
        File.Create(path).Dispose();
        Check(mount(program, path, null, Bind, null), "mount " + path);
        Check(mount(null, path, null, Bind | Remount | ReadOnlyFlag | NoSuid | NoDev, null), "mount " + path);
        return path;
    }

    /// <summary>The unified hierarchy, for as long as what is returned is not disposed.</summary>
    public IDisposable MountUnified(out string path)
    {
        path = Path.Combine(Work, "unified");
        Directory.CreateDirectory(path);
        Check(mount("cgroup2", path, "cgroup2", 0, null), "mount " + path);
        return new Mounted(path);
    }

    private sealed record Mounted(string Point) : IDisposable
    {
        public void Dispose()
        {
            umount2(Point, Detach);
            Directory.Delete(Point);
        }
    }

    /// <summary>Processor time of everyone who was waited for, by us or by one of those, in milliseconds.</summary>
    public static unsafe double ChildrenCpu
    {
        get
        {
            long* usage = stackalloc long[18]; // struct rusage: user seconds and microseconds, system seconds and microseconds, …
            Check(getrusage(Children, usage), "getrusage");
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
            foreach (string task in Directory.GetDirectories(tasks))
                foreach (string child in File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                {
                    found.Add(int.Parse(child, CultureInfo.InvariantCulture));
                    Add($"/proc/{child}/task");
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

    /// <summary>A measurement that failed leaves containers that sleep.</summary>
    public void Dispose()
    {
        foreach (int process in Descendants())
        {
            kill(process, Killed);
            Child.Reap(process);
        }
        foreach (string hierarchy in Directory.GetDirectories(CgroupRoot))
            RemoveCgroup(hierarchy + Cgroup);
        // The files bound inside keep it busy: they go with the namespace.
        umount2(Work, Detach);
        Directory.Delete(Work);
    }

    private static void RemoveCgroup(string path)
    {
        if (!Directory.Exists(path))
            return;
        foreach (string child in Directory.GetDirectories(path))
            RemoveCgroup(child);
        rmdir(path);
    }

    private static void Check(int result, string call)
    {
        if (result == -1)
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private const int NewNamespace = 0x20000, Detach = 2, Children = -1, Killed = 9;
    private const nuint ReadOnlyFlag = 1, NoSuid = 2, NoDev = 4, Remount = 0x20, Bind = 0x1000, Recursive = 0x4000, Private = 0x40000;

    [DllImport("libc", SetLastError = true)]
    private static extern int unshare(int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern int mount([MarshalAs(UnmanagedType.LPUTF8Str)] string? source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, nuint flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);

    [DllImport("libc", SetLastError = true)]
    private static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);

    [DllImport("libc", SetLastError = true)]
    private static extern unsafe int getrusage(int who, long* usage);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int rmdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);
}
