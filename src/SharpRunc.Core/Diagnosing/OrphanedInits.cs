using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Inits of containers whose directory somebody has removed before they were started: such a process has executed nothing and holds the
/// directory's exec.fifo, for which it waits for ever. A program that runs has no such mark.
/// </summary>
internal static class OrphanedInits
{
    private const int PatienceMilliseconds = 10_000;
    private const string Deleted = " (deleted)";

    public static void Add(Findings found, RuntimeContext context, bool removes)
    {
        string root = Leftovers.RealRoot(context);
        using Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY);
        foreach (string name in Sys.Subdirectories(proc, "/proc"))
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int pid))
                found.Try("process", () => Look(found, pid, root, removes));
    }

    private static void Look(Findings found, int pid, string root, bool removes)
    {
        if (!ProcessStat.TryRead(pid, out ProcessStat stat) || stat.HasExecuted || !stat.IsAlive)
            return;
        // What is read about it below is about this process.
        using PidFd? process = PidFd.TryOpen(pid, stat.StartTime);
        if (process is null || IdOf(pid, root) is not { } id || !HostFile.IsMissing($"{root}/{id}"))
            return;
        KeyValuePair<string, string>[] cgroups = CgroupsOf(pid, id);
        string what = $"process {pid}, the init of {id}, whose state directory is gone";
        if (removes)
        {
            process.Signal(SIGKILL);
            if (!process.WaitExit(PatienceMilliseconds))
                throw new ContainerException($"{what}: does not end");
            using Cgroup cgroup = Cgroup.Open(cgroups);
            cgroup.Remove();
        }
        Leftovers.Report(found, removes, "process", what);
        foreach ((_, string path) in cgroups)
            Leftovers.Report(found, removes, "cgroup", $"{path}, of {id}");
    }

    /// <summary>The container that a process waits to be; null: none of this state root.</summary>
    private static string? IdOf(int pid, string root)
    {
        const string Fifo = "/" + ContainerDirectory.ExecFifo + Deleted;
        using Fd? fds = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/fd", O_RDONLY | O_DIRECTORY, out _);
        if (fds is null)
            return null;
        foreach (string number in Sys.ReadDirectory(fds, "fd"))
        {
            string target = Sys.ReadLinkAt(fds, number);
            if (!target.EndsWith(Fifo, StringComparison.Ordinal) || !target.StartsWith(root + "/", StringComparison.Ordinal))
                continue;
            string id = target[(root.Length + 1)..^Fifo.Length];
            if (ContainerId.IsValid(id))
                return id;
        }
        return null;
    }

    /// <summary>Those of its cgroups that have the container's name, as create gives it: others may be somebody's.</summary>
    private static KeyValuePair<string, string>[] CgroupsOf(int pid, string id)
    {
        Membership membership = Membership.Read(pid);
        List<KeyValuePair<string, string>> paths = [];
        foreach (Hierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
        {
            string name = membership.NameIn(hierarchy.Key).ToString();
            if (name.EndsWith("/" + id, StringComparison.Ordinal)
                || name.EndsWith($"/{UnitName.DefaultPrefix}-{id}.scope", StringComparison.Ordinal))
                paths.Add(new(hierarchy.Key, $"{hierarchy.MountPoint}/{hierarchy.BelowMount(name)}"));
        }
        return [.. paths];
    }
}
