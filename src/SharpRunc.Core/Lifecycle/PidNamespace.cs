using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The processes in a container's PID namespace, for when no cgroup lists them (--rootless; a zombie is in no cgroup).</summary>
internal static class PidNamespace
{
    /// <summary>Returns the init and, if the container has a private PID namespace, all processes in that.</summary>
    public static List<int> Members(Container container)
    {
        using PidFd? init = container.OpenInit();
        if (init is null)
            return [];
        int pid = container.State.InitPid;
        if (!container.State.PrivatePidNamespace)
            return [pid];
        using Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY);
        ulong wanted = IdOf(proc, pid.ToString(CultureInfo.InvariantCulture));
        List<int> pids = [];
        using NativeNames names = new();
        Sys.ReadSubdirectories(proc, names, "/proc");
        while (!names.IsEmpty)
        {
            string name = names.Pop();
            bool isProcess = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int other);
            if (isProcess && wanted != 0 && IdOf(proc, name) == wanted)
                pids.Add(other);
        }
        pids.Reverse();
        return pids;
    }

    /// <summary>
    /// Explains why a killed init does not end. pid_namespaces(7): all other processes must be gone first, and a zombie stays until it is
    /// reaped. The parent of a detached exec's process is outside: the process that has adopted it.
    /// </summary>
    /// <returns>An explanation; null: the cause is another one.</returns>
    public static string? ExplainSurvivor(Container container)
    {
        List<int> members = Members(container);
        foreach (int pid in members)
        {
            if (pid == container.State.InitPid || !ProcessStat.TryRead(pid, out ProcessStat stat))
                continue;
            bool isUnreaped = stat.State == 'Z' && !members.Contains(stat.Parent);
            if (isUnreaped)
                return $"process {pid} of the container has ended, but its parent, process {stat.Parent}{NameOf(stat.Parent)}, "
                    + "has not reaped it yet, which keeps the container's init from exiting";
        }
        return null;
    }

    /// <summary>A process's name as <c> (name)</c>; "" if it is gone.</summary>
    public static string NameOf(int pid)
    {
        using Fd? name = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/comm", O_RDONLY, out _);
        return name is null ? "" : $" ({KernelText.Decode(Sys.ReadAll(name, "comm")).TrimEnd()})";
    }

    /// <summary>The inode number of a process's PID namespace; 0 if the process is gone or may not be inspected.</summary>
    private static ulong IdOf(Fd proc, string pid)
    {
        using Fd? opened = Sys.TryOpenAt(proc, pid + "/ns/pid", O_PATH, out _);
        return opened is null ? 0 : Inode.Of(opened, "PID namespace").Number;
    }
}
