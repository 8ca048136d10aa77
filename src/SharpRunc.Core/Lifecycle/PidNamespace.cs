using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>Who is in a container's PID namespace, where no cgroup tells (--rootless; a zombie is in none).</summary>
internal static class PidNamespace
{
    /// <summary>The init and, if it has a PID namespace of its own, all processes in that.</summary>
    public static List<int> Members(Container container)
    {
        using PidFd? init = container.OpenInit();
        if (init is null)
            return [];
        int pid = container.State.InitPid;
        if (!container.State.PrivatePidNamespace)
            return [pid];
        using Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY);
        ulong wanted = Of(proc, pid.ToString(CultureInfo.InvariantCulture));
        List<int> pids = [];
        foreach (string name in Sys.Subdirectories(proc, "/proc"))
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int other) && wanted != 0 && Of(proc, name) == wanted)
                pids.Add(other);
        return pids;
    }

    /// <summary>
    /// Why an init that was killed does not end: pid_namespaces(7), first everyone else must be gone, and a zombie is there until it is
    /// reaped. The parent of a detached exec's process is outside: whoever has adopted it.
    /// </summary>
    /// <returns>A hint; null: it is something else.</returns>
    public static string? WhoKeeps(Container container)
    {
        List<int> members = Members(container);
        foreach (int pid in members)
            if (pid != container.State.InitPid && ProcessStat.TryRead(pid, out ProcessStat stat) && stat.State == 'Z' && !members.Contains(stat.Parent))
                return $"process {pid} of the container has ended, and its parent, process {stat.Parent}{NameOf(stat.Parent)}, must reap it: the kernel keeps the init until then";
        return null;
    }

    private static string NameOf(int pid)
    {
        using Fd? name = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/comm", O_RDONLY, out _);
        return name is null ? "" : $" ({KernelText.Decode(Sys.ReadAll(name, "comm")).TrimEnd()})";
    }

    /// <summary>0 for a process that is gone, or whom we may not look into.</summary>
    private static ulong Of(Fd proc, string pid)
    {
        using Fd? opened = Sys.TryOpenAt(proc, pid + "/ns/pid", O_PATH, out _);
        return opened is null ? 0 : Inode.Of(opened, "PID namespace").Number;
    }
}
