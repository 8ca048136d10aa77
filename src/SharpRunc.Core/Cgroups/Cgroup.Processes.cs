using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Its processes: listing and killing.
internal sealed partial class Cgroup
{
    private const int KillRounds = 20, KillFreezeMilliseconds = 50;

    /// <summary>The directory that lists its processes: the one that freezes them, so that both refer to the same set.</summary>
    private CgroupDirectory? ProcessListDirectory => Freezer ?? (directories.Length > 0 ? directories[0] : null);

    /// <summary>Whether the container has created cgroups below it.</summary>
    internal bool HasBelow => ProcessListDirectory?.TryOpen() is { } top && CgroupTree.HasBelow(top) || UnifiedDirectory?.TryOpen() is { } unified && CgroupTree.HasBelow(unified);

    /// <summary>The number of processes in it and in the cgroups that the container created below; 0 once it is gone.</summary>
    /// <exception cref="SysException">A cgroup cannot be read, so it may hold processes: that is not 0.</exception>
    internal int CountProcesses() => Processes().Count;

    /// <summary>The pids as seen in this PID namespace; 0 for a process that it cannot see.</summary>
    /// <exception cref="SysException">As for <see cref="CountProcesses"/>.</exception>
    internal List<int> Processes() => ProcessListDirectory is { } roster ? Processes(roster) : [];

    private static List<int> Processes(CgroupDirectory directory)
    {
        List<int> pids = [];
        if (directory.TryOpen() is { } top)
            CgroupTree.ForEach(top, directory.Path, cgroup => Collect(cgroup, pids));
        return pids;
    }

    private static void Collect(Fd cgroup, List<int> pids)
    {
        string text;
        try
        {
            text = Sys.ReadText(cgroup, "cgroup.procs");
        }
        catch (SysException e) when (e.Errno == EOPNOTSUPP)
        {
            CollectThreads(cgroup, pids);
            return;
        }
        catch (SysException e) when (e.Errno is ENOENT or ENODEV)
        {
            return; // removed meanwhile
        }
        foreach (Range line in text.AsSpan().Split('\n'))
            if (int.TryParse(text.AsSpan(line), NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                pids.Add(pid);
    }

    /// <summary>
    /// cgroups(7), threads: cgroup.procs of a threaded cgroup cannot be read, and its processes are listed by the domain above. If the
    /// container has made its own top cgroup threaded, that domain is outside the container and not searched.
    /// </summary>
    private static void CollectThreads(Fd cgroup, List<int> pids)
    {
        string text = Sys.ReadText(cgroup, "cgroup.threads");
        foreach (string thread in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            int pid = thread == "0" ? 0 : ProcessOf(thread);
            if (pid >= 0 && !pids.Contains(pid))
                pids.Add(pid);
        }
    }

    /// <summary>−1: the process has ended.</summary>
    private static int ProcessOf(string thread)
    {
        const string Key = "\nTgid:\t";
        try
        {
            string status = Sys.ReadText(Fd.Cwd, $"/proc/{thread}/status");
            int at = status.IndexOf(Key, StringComparison.Ordinal) + Key.Length;
            return int.Parse(status.AsSpan(at, status.IndexOf('\n', at) - at), NumberStyles.None, CultureInfo.InvariantCulture);
        }
        catch (SysException e) when (e.Errno is ENOENT or ESRCH)
        {
            return -1;
        }
    }

    /// <summary>Sends the signal to every process in it and below. Whatever happens, it is not frozen afterwards.</summary>
    internal void KillAll(int signal)
    {
        if (ProcessListDirectory is not { } roster || roster.TryOpen() is null)
            return;
        try
        {
            // Since 5.14 the kernel kills a whole tree at once, forks in flight included; not for a threaded cgroup (EOPNOTSUPP).
            if (signal == SIGKILL && UnifiedDirectory?.TryWrite("cgroup.kill", "1") == 0 && roster.IsUnified)
                return;
            // Frozen processes cannot fork away from the list, and none of their pids can be reused. When freezing does not finish in time
            // (a process stuck in the kernel), SIGKILL is repeated until the list is empty.
            bool settled = false;
            for (int round = 0; round < KillRounds && !settled; round++)
            {
                settled = TryFreeze(KillFreezeMilliseconds) || signal != SIGKILL;
                List<int> pids = Processes();
                Signal(pids, signal);
                ThawFor(signal);
                settled |= pids.Count == 0;
            }
        }
        finally
        {
            ThawFor(signal);
        }
    }

    /// <summary>cgroup v1: a frozen process does not die, even if it was the container that froze it in a cgroup below.</summary>
    private void ThawFor(int signal)
    {
        if (signal == SIGKILL)
            ThawTree();
        else
            Thaw();
    }

    /// <summary>One refusal does not keep the others from being signalled.</summary>
    private static void Signal(List<int> pids, int signal)
    {
        SysException? refused = null;
        foreach (int pid in pids)
            // The kernel lists a process outside our PID namespace as 0, and kill(0) means our own group.
            if (pid > 0 && Sys.TryKill(pid, signal) is < 0 and not -ESRCH and var error)
                refused ??= new SysException("kill", $"{pid}", -error);
        if (refused is not null)
            throw ContainerException.From(refused, "cannot signal the container");
    }
}
