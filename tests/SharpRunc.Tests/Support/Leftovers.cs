using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using System.Threading;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

/// <summary>What a runtime forgot: processes, mounts, cgroups, state.</summary>
internal static class Leftovers
{
    /// <summary>One line for each thing that is still there; empty is how it should be.</summary>
    public static List<string> Of(Runtime runtime)
    {
        Reap();
        List<string> found = [];
        foreach (string path in Cgroups.Of(runtime.CgroupName))
        {
            foreach (string child in Directory.GetDirectories(path))
                found.Add("cgroup " + child);
            foreach (string pid in Cgroups.Processes(path))
                found.Add($"process {pid} ({CommandLine(pid)}) in {path}");
        }
        foreach (string line in File.ReadAllLines("/proc/self/mountinfo"))
            if (runtime.Owns(line))
                found.Add("mount " + line);
        foreach (string entry in Directory.GetFileSystemEntries(runtime.Root))
            found.Add("state " + entry);
        foreach (int child in Children())
            if (!EndsNow(child))
                found.Add($"process {child} ({CommandLine(child.ToString(CultureInfo.InvariantCulture))}), now ours");
        return found;
    }

    /// <summary>It has no program any more, and is on its way to being reaped.</summary>
    private static unsafe bool EndsNow(int child)
        => ProcessStat.TryRead(child, out ProcessStat stat) && stat.IsExiting && waitpid(child, null, 0) == child;

    /// <summary>Collects the orphans that have ended: as a subreaper we are their parent.</summary>
    public static unsafe void Reap()
    {
        foreach (int child in Children())
            waitpid(child, null, NoHang);
    }

    /// <summary>
    /// Ends a container that others were born into. One who has no runtime any more keeps the init until it is reaped, and may run on a
    /// moment: an engine's shim or the host's init would be there for it.
    /// </summary>
    public static void End(Runtime runtime, string id, int init)
    {
        runtime.Run("kill", id, "KILL");
        for (int i = 0; i < 2000 && Directory.Exists($"/proc/{init}"); i++, Thread.Sleep(5))
            Reap();
    }

    /// <summary>Takes away what was found, so that one failure does not become many.</summary>
    public static unsafe void Remove(Runtime runtime)
    {
        foreach (int child in Children())
            if (InCgroup(child, runtime.CgroupName))
            {
                kill(child, 9);
                waitpid(child, null, 0);
            }
        Cgroups.Remove(runtime.CgroupName);
    }

    /// <summary>Our children that this host did not start itself: it waits for each of those.</summary>
    private static List<int> Children()
    {
        List<int> children = [];
        foreach (string task in Directory.GetDirectories("/proc/self/task"))
            foreach (string pid in ChildrenOf(task).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                children.Add(int.Parse(pid, CultureInfo.InvariantCulture));
        return children;
    }

    private static string ChildrenOf(string task)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, "children"));
        }
        catch (IOException)
        {
            return ""; // a thread of the test host that has just ended
        }
    }

    private static bool InCgroup(int pid, string name)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cgroup").Contains(name, StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static string CommandLine(string pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/cmdline").Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "?";
        }
    }

    private const int NoHang = 1;

    [DllImport("libc")]
    private static extern unsafe int waitpid(int pid, int* status, int options);

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);
}
