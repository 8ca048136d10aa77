using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>
/// Inits of containers whose directory somebody has removed before they were started: such a process has executed nothing and waits for
/// ever at an exec.fifo that has no name any more. Its directory may have been in another state root on the same file system, so it is
/// listed and stays. A program that runs has no such mark.
/// </summary>
internal static class OrphanedInits
{
    /// <summary>An init that waits has a handful, and those that its caller gave it. Any other process may have a million.</summary>
    private const int MostDescriptors = 4096;

    private const string Deleted = " (deleted)";
    private const string Fifo = "/" + ContainerDirectory.ExecFifo + Deleted, Result = "/" + ContainerDirectory.ExecResult + Deleted;

    public static void Add(Findings found, RuntimeContext context)
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, context.Root, O_PATH | O_DIRECTORY, out _);
        if (root is null)
            return;
        Inode place = Inode.Of(root, context.Root);
        using Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY);
        using NativeNames names = new();
        Sys.ReadSubdirectories(proc, names, "/proc");
        while (!names.IsEmpty)
            if (int.TryParse(names.Pop(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && IsOne(pid, place))
                found.Problem("process",
                    $"process {pid.ToString()}: not removed: an init that waits for its start, but its state directory is gone",
                    Remedy(pid));
    }

    private static bool IsOne(int pid, Inode root)
    {
        if (!ProcessStat.TryRead(pid, out ProcessStat stat) || stat.HasExecuted || !stat.IsAlive)
            return false;
        using Fd? fds = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid.ToString()}/fd", O_RDONLY | O_DIRECTORY, out _);
        if (fds is null)
            return false;
        int marks = 0;
        try
        {
            // start removes only the first; both go with the directory. The runtime opens them so that no path is to be seen.
            int looked = 0;
            while (looked < MostDescriptors && Sys.ReadSomeOfDirectory(fds, "fd") is { Count: > 0 } numbers)
            {
                looked += numbers.Count;
                foreach (string number in numbers)
                    if (Sys.ReadLinkAt(fds, number) is Fifo or Result && IsOn(root, fds, number))
                        marks++;
            }
        }
        catch (SysException)
        {
            return false; // it has ended or goes on
        }
        return marks == 2;
    }

    /// <summary>It may be a container's own file of that name, in a file system that the container serves.</summary>
    private static bool IsOn(Inode root, Fd fds, string number)
    {
        using Fd? file = Sys.TryOpenAt(fds, number, O_PATH, out _);
        return file is not null && Inode.Known(file, number).Device == root.Device;
    }

    private static string Remedy(int pid)
    {
        List<string> own = [];
        Membership membership = Membership.Read(pid);
        foreach (Hierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
            if (membership.NameIn(hierarchy.Key) is { Length: > 1 } name && name.ToString() != hierarchy.OwnPath)
                own.Add(ShellText.Quote($"{hierarchy.MountPoint}/{hierarchy.BelowMount(name.ToString())}"));
        return $"kill -KILL {pid.ToString()}{(own.Count > 0 ? $" && rmdir {string.Join(' ', own)}" : "")}";
    }
}
