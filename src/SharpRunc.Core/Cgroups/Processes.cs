using System;
using System.Buffers.Text;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The processes of a cgroup and of those that the container created below it: lists and kills them.</summary>
internal readonly struct Processes(Cgroup cgroup)
{
    private const int KillRounds = 20, FreezeMilliseconds = 50;

    /// <summary>The directory that lists them: the one that freezes them, so that both refer to the same set.</summary>
    private CgroupDirectory? Directory
    {
        get
        {
            if (cgroup.Freezer.Directory is { } freezing)
                return freezing;
            return cgroup.Directories.IsEmpty ? null : cgroup.Directories[0];
        }
    }

    /// <summary>The path of the directory that lists them; "" if there is none.</summary>
    public string Place => Directory?.Path ?? "";

    /// <summary>Whether some may be in cgroups below, which the container has created.</summary>
    public bool MayBeBelow => HasBelow(Directory) || HasBelow(cgroup.UnifiedDirectory);

    private static bool HasBelow(CgroupDirectory? directory) => directory?.TryOpen() is { } top && CgroupTree.HasBelow(top);

    /// <summary>0 once the cgroup is gone.</summary>
    /// <exception cref="SysException">A cgroup cannot be read, so it may hold processes: that is not 0.</exception>
    public int Count() => List().Count;

    /// <summary>The pids as seen in this PID namespace; 0 for a process that it cannot see.</summary>
    /// <exception cref="SysException">As for <see cref="Count"/>.</exception>
    public List<int> List() => Directory is { } directory ? ListIn(directory) : [];

    /// <summary><see cref="List"/> for one hierarchy.</summary>
    public static List<int> ListIn(CgroupDirectory directory)
    {
        List<int> pids = [];
        if (directory.TryOpen() is { } top)
            CgroupTree.ForEach(top, directory.Path, place => Collect(place, pids));
        return pids;
    }

    private static void Collect(Fd place, List<int> pids)
    {
        try
        {
            ForEach(place, "cgroup.procs", pids.Add);
        }
        catch (SysException e) when (e.Errno == EOPNOTSUPP)
        {
            CollectThreads(place, pids);
        }
        catch (SysException e) when (e.Errno is ENOENT or ENODEV)
        {
            // removed meanwhile
        }
    }

    /// <summary>
    /// cgroups(7), threads: cgroup.procs of a threaded cgroup cannot be read, and its processes are listed by the domain above. If the
    /// container has made its own top cgroup threaded, that domain is outside the container and not searched.
    /// </summary>
    private static void CollectThreads(Fd place, List<int> pids)
    {
        HashSet<int> seen = [.. pids];
        ForEach(place, "cgroup.threads", thread =>
        {
            int pid = thread == 0 ? 0 : ProcessStatus.TryRead(thread.ToString(CultureInfo.InvariantCulture), "\nTgid:\t"u8) ?? -1;
            if (pid >= 0 && seen.Add(pid))
                pids.Add(pid);
        });
    }

    /// <summary>Line by line: the number of processes may be limited by nothing but the machine.</summary>
    private static void ForEach(Fd place, string file, Action<int> add)
    {
        using Fd list = Sys.OpenAt(place, file, O_RDONLY);
        LineReader lines = new(list, stackalloc byte[4096], file, long.MaxValue);
        while (lines.Next())
            if (Utf8Parser.TryParse(lines.Line, out int pid, out _))
                add(pid);
    }

    /// <summary>Sends the signal to every process. Whatever happens, the cgroup is not frozen afterwards.</summary>
    public void Kill(int signal)
    {
        if (Directory is not { } directory || directory.TryOpen() is null)
            return;
        try
        {
            // Since 5.14 the kernel kills a whole tree at once, forks in flight included; not for a threaded cgroup (EOPNOTSUPP).
            bool isKilled = signal == SIGKILL && cgroup.UnifiedDirectory?.TryWrite("cgroup.kill", "1").Failed == false;
            if (!isKilled || !directory.IsUnified)
                KillEach(signal);
        }
        finally
        {
            Thaw(signal);
        }
    }

    /// <summary>
    /// Frozen processes cannot fork away from the list, and none of their pids can be reused. When freezing does not finish in time (a
    /// process stuck in the kernel), SIGKILL is repeated until the list is empty.
    /// </summary>
    private void KillEach(int signal)
    {
        bool settled = false;
        for (int round = 0; round < KillRounds && !settled; round++)
        {
            settled = cgroup.Freezer.TryFreeze(FreezeMilliseconds) || signal != SIGKILL;
            List<int> pids = List();
            Signal(pids, signal);
            Thaw(signal);
            settled |= pids.Count == 0;
        }
    }

    /// <summary>cgroup v1: a frozen process does not die, even if it was the container that froze it in a cgroup below.</summary>
    private void Thaw(int signal)
    {
        if (signal == SIGKILL)
            cgroup.Freezer.ThawTree();
        else
            cgroup.Freezer.Thaw();
    }

    /// <summary>One refusal does not keep the others from being signalled.</summary>
    private static void Signal(List<int> pids, int signal)
    {
        SysError refused = default;
        foreach (int pid in pids)
        {
            // The kernel lists a process outside our PID namespace as 0, and kill(0) means our own group.
            SysError error = pid > 0 ? Sys.TryKill(pid, signal) : default;
            if (error.Failed && error.Errno != ESRCH && !refused.Failed)
                refused = error.On($"{pid}");
        }
        if (refused.Failed)
            throw ContainerException.From(ErrorCode.ProcessSignal, refused, "cannot signal the container");
    }
}
