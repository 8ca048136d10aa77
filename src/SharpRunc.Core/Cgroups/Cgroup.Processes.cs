using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Who is in it: counting, killing.
internal sealed partial class Cgroup
{
    /// <summary>Processes in it and in the cgroups that the container made below; 0 once it is gone.</summary>
    internal int CountProcesses() => Processes().Count;

    /// <summary>Their pids as this PID namespace numbers them; 0 for one that it does not see.</summary>
    internal List<int> Processes()
    {
        List<int> pids = [];
        CgroupDirectory? directory = Freezer ?? (directories.Length > 0 ? directories[0] : null);
        if (directory?.TryOpen() is { } handle)
            Collect(handle, directory.Path, pids);
        return pids;
    }

    private static int Count(CgroupDirectory directory)
    {
        List<int> pids = [];
        if (directory.TryOpen() is { } handle)
            Collect(handle, directory.Path, pids);
        return pids.Count;
    }

    private static void Collect(Fd directory, string path, List<int> pids)
    {
        try
        {
            string text = Sys.ReadText(directory, "cgroup.procs");
            foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
                pids.Add(int.Parse(line));
            // A fresh descriptor: the position in a directory belongs to the open file.
            using Fd listing = Sys.OpenAt(directory, ".", O_RDONLY | O_DIRECTORY);
            foreach (string name in Sys.Subdirectories(listing, path))
            {
                using Fd? below = Sys.TryOpenAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out _);
                if (below is not null)
                    Collect(below, $"{path}/{name}", pids);
            }
        }
        catch (SysException e) when (e.Errno is ENOENT or ENODEV or EOPNOTSUPP)
        {
            // Removed meanwhile; or a threaded cgroup, whose processes its domain above lists.
        }
    }

    /// <summary>Sends the signal to every process in it and below. It is never frozen afterwards, whatever happened.</summary>
    internal void KillAll(int signal)
    {
        if (Freezer is not { } freezer || freezer.TryOpen() is null)
            return;
        try
        {
            // Since 5.14 the kernel kills a whole tree at once, forks in flight included.
            if (signal == SIGKILL && freezer.IsUnified && freezer.TryWrite("cgroup.kill", "1") == 0)
                return;
            // Frozen they cannot fork away from the list, nor can a pid of it become someone else's. Where freezing is not
            // complete in time (a process stuck in the kernel) SIGKILL goes round until the list is empty.
            bool settled = false;
            for (int round = 0; round < 20 && !settled; round++)
            {
                settled = TryFreeze(milliseconds: 50) || signal != SIGKILL;
                List<int> pids = Processes();
                Signal(pids, signal);
                Thaw();
                settled |= pids.Count == 0;
            }
        }
        finally
        {
            Thaw();
        }
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
