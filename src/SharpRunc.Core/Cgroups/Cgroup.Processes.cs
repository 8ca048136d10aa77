using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Who is in it: listing, killing.
internal sealed partial class Cgroup
{
    private const int KillRounds = 20, KillFreezeMilliseconds = 50;

    /// <summary>Where its processes are listed: where they freeze, so that both speak of the same set.</summary>
    private CgroupDirectory? Roster => Freezer ?? (directories.Length > 0 ? directories[0] : null);

    /// <summary>The container has made cgroups below it.</summary>
    internal bool HasBelow => Roster?.TryOpen() is { } top && CgroupTree.HasBelow(top) || UnifiedDirectory?.TryOpen() is { } unified && CgroupTree.HasBelow(unified);

    /// <summary>Processes in it and in the cgroups that the container made below; 0 once it is gone.</summary>
    /// <exception cref="SysException">Somebody may be where it cannot be looked: that is not 0.</exception>
    internal int CountProcesses() => Processes().Count;

    /// <summary>Their pids as this PID namespace numbers them; 0 for one that it does not see.</summary>
    /// <exception cref="SysException">As for <see cref="CountProcesses"/>.</exception>
    internal List<int> Processes() => Roster is { } roster ? Processes(roster) : [];

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
    /// cgroups(7), threads: of a threaded cgroup cgroup.procs cannot be read, and its processes are listed by the domain above. That is not
    /// ours to look into where the container has made its very own cgroup threaded.
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

    /// <summary>-1: it has ended.</summary>
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

    /// <summary>Sends the signal to every process in it and below. It is never frozen afterwards, whatever happened.</summary>
    internal void KillAll(int signal)
    {
        if (Roster is not { } roster || roster.TryOpen() is null)
            return;
        try
        {
            // Since 5.14 the kernel kills a whole tree at once, forks in flight included; of threads alone it does not (EOPNOTSUPP).
            if (signal == SIGKILL && UnifiedDirectory?.TryWrite("cgroup.kill", "1") == 0 && roster.IsUnified)
                return;
            // Frozen they cannot fork away from the list, nor can a pid of it become someone else's. Where freezing is not
            // complete in time (a process stuck in the kernel) SIGKILL goes round until the list is empty.
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

    /// <summary>cgroup v1: a frozen process does not die, also one that the container has frozen in a cgroup of its own.</summary>
    private void ThawFor(int signal)
    {
        if (signal == SIGKILL)
            ThawTree();
        else
            Thaw();
    }

    /// <summary>Nobody is left out because another refused.</summary>
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
