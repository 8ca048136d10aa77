using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Ways in for a process that is about to be cloned.
internal sealed partial class Cgroup
{
    private const ulong Inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

    /// <summary>
    /// The v1 <c>tasks</c> files: a process of one thread joins by writing "0" into each, 18 µs in all where another's pid into
    /// cgroup.procs waits for RCU. Memory comes last: what is done before is not charged to the container.
    /// </summary>
    /// <param name="withUnified">The unified one too, for a process that was not born in it.</param>
    internal Fd[] OpenTasks(bool withUnified = false) => OpenTasks(SubCgroups.None, withUnified);

    /// <param name="below">For an exec; each must exist.</param>
    /// <param name="withUnified">The unified one too, for a process that was not born in it.</param>
    internal Fd[] OpenTasks(SubCgroups below, bool withUnified = false)
    {
        List<Fd> tasks = new(directories.Length);
        Fd? memory = null;
        try
        {
            foreach (CgroupDirectory directory in directories)
                if (directory.Has("memory"))
                    memory = OpenTasks(directory, below.Of(directory.Key));
                else if (!directory.IsUnified || withUnified)
                    tasks.Add(OpenTasks(directory, below.Of(directory.Key)));
        }
        catch (SysException e)
        {
            foreach (Fd opened in tasks)
                opened.Dispose();
            memory?.Dispose();
            throw ContainerException.From(e, "cannot join the container's cgroup");
        }
        if (memory is not null)
            tasks.Add(memory);
        return tasks.ToArray();
    }

    private static Fd OpenTasks(CgroupDirectory directory, string below)
    {
        string file = directory.IsUnified ? "cgroup.procs" : "tasks";
        int error;
        Fd? tasks = below.Length == 0 ? directory.TryOpenFile(file, O_WRONLY, out error)
            : Sys.TryOpenAt2(directory.Open(), below + "/" + file, O_WRONLY, Inside, out error);
        return tasks ?? throw new SysException("openat2", $"{directory.Path}/{below}{(below.Length == 0 ? "" : "/")}{file}", -error);
    }

    /// <summary>Moves a process that is no clone of ours on its way: where systemd has put it already nothing happens.</summary>
    internal void Admit(int pid)
    {
        foreach (CgroupDirectory directory in directories)
            if (directory.TryWrite("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture)) is < 0 and var error)
                throw ContainerException.From(new SysException("write", directory.Path + "/cgroup.procs", -error), "cannot enter the container's cgroup");
    }

    /// <summary>The directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</summary>
    /// <param name="below">Must exist where all is unified; beside v1 hierarchies, which it is meant for, the container's own serves otherwise.</param>
    internal Fd? OpenUnified(SubCgroups below)
    {
        if (UnifiedDirectory is not { } unified)
            return null;
        try
        {
            string path = below.Of("");
            if (path.Length == 0)
                return Reopen(unified);
            Fd? found = Sys.TryOpenAt2(unified.Open(), path, O_RDONLY | O_DIRECTORY, Inside, out int error);
            if (found is null && (error != -ENOENT || directories.Length == 1))
                throw new SysException("openat2", $"{unified.Path}/{path}", -error);
            return found ?? Reopen(unified);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "cannot join the container's cgroup");
        }
    }

    /// <summary>
    /// Where a process of the container is now: its own cgroup takes no processes once the container has made cgroups with controllers
    /// below it (cgroups(7), no internal processes).
    /// </summary>
    internal Fd? OpenUnifiedOf(int pid)
    {
        if (UnifiedDirectory is not { } unified)
            return null;
        string[] lines = Sys.ReadText(Fd.Cwd, $"/proc/{pid}/cgroup").Split('\n');
        string line = Array.Find(lines, line => line.StartsWith("0::", StringComparison.Ordinal)) ?? "";
        // Below the container's own: its last part is where the two paths meet.
        string own = unified.Path[unified.Path.LastIndexOf('/')..] + "/";
        int at = line.LastIndexOf(own, StringComparison.Ordinal);
        return at < 0 ? Reopen(unified) : Sys.TryOpenAt2(unified.Open(), line[(at + own.Length)..], O_RDONLY | O_DIRECTORY, Inside, out _);
    }

    internal void RequireKnown(SubCgroups below) => below.RequireKnown(Array.ConvertAll(directories, directory => directory.Key));

    /// <summary>The caller's own to close.</summary>
    private static Fd Reopen(CgroupDirectory directory)
        => directory.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out int error) ?? throw new SysException("openat2", directory.Path, -error);
}
