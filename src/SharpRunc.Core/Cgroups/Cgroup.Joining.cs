using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// How a process that is about to be cloned joins the cgroup.
internal sealed partial class Cgroup
{
    private const ulong Inside = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;

    /// <summary>
    /// The v1 <c>tasks</c> files. A single-threaded process joins by writing "0" into each, which takes 18 µs in all; writing another
    /// process's pid into cgroup.procs waits for RCU. Memory comes last, so that earlier work is not charged to the container.
    /// </summary>
    /// <param name="withUnified">Whether to include the unified one, for a process that was not cloned into it.</param>
    internal Fd[] OpenTasks(bool withUnified = false) => OpenTasks(SubCgroups.None, init: 0, withUnified);

    /// <param name="below">For an exec; each of them must exist.</param>
    /// <param name="init">The process whose cgroup is used when the container's own is gone; 0: fail in that case.</param>
    /// <param name="withUnified">Whether to include the unified one, for a process that was not cloned into it.</param>
    internal Fd[] OpenTasks(SubCgroups below, int init, bool withUnified = false)
    {
        List<Fd> tasks = new(directories.Length);
        Fd? memory = null;
        try
        {
            for (int i = 0; i < directories.Length; i++)
                if (directories[i].Has("memory"))
                    memory = OpenTasks(directories[i], below.Of(directories[i].Key), init);
                else if (!directories[i].IsUnified || withUnified)
                    tasks.Add(OpenTasks(directories[i], below.Of(directories[i].Key), init));
        }
        catch (Exception e) when (e is SysException or ContainerException)
        {
            foreach (Fd opened in tasks)
                opened.Dispose();
            memory?.Dispose();
            throw e is SysException refused ? ContainerException.From(refused, "cannot join the container's cgroup") : e;
        }
        if (memory is not null)
            tasks.Add(memory);
        return tasks.ToArray();
    }

    private Fd OpenTasks(CgroupDirectory directory, string below, int init)
    {
        string file = directory.IsUnified ? "cgroup.procs" : "tasks";
        int error;
        if (below.Length == 0)
            return directory.TryOpenFile(file, O_WRONLY, out error) ?? (IsGone(error) && init > 0 ? OpenTasks(Follow(directory, init), below, init: 0)
                : throw new SysException("openat2", $"{directory.Path}/{file}", -error));
        Fd? tasks = Sys.TryOpenAt2(directory.Open(), below + "/" + file, O_WRONLY, Inside, out error);
        return tasks ?? throw new SysException("openat2", $"{directory.Path}/{below}/{file}", -error);
    }

    /// <summary>Moves in a process that the runtime did not clone; where systemd has already placed it, nothing changes.</summary>
    internal void Admit(int pid)
    {
        foreach (CgroupDirectory directory in directories)
            if (directory.TryWrite("cgroup.procs", pid.ToString(CultureInfo.InvariantCulture)) is < 0 and var error)
                throw ContainerException.From(new SysException("write", directory.Path + "/cgroup.procs", -error), "cannot enter the container's cgroup");
    }

    /// <summary>The directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</summary>
    /// <param name="below">
    /// One that the caller names must exist on a pure v2 host. Beside v1 hierarchies, which the name is meant for, the container's own
    /// cgroup is used if it does not.
    /// </param>
    /// <param name="init">As for <see cref="OpenTasks(SubCgroups, int, bool)"/>.</param>
    internal Fd? OpenUnified(SubCgroups below, int init)
    {
        if (UnifiedDirectory is not { } unified)
            return null;
        try
        {
            string path = below.Of("");
            if (path.Length == 0)
                return unified.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out int gone) ?? (IsGone(gone) ? Reopen(Follow(unified, init))
                    : throw new SysException("openat2", unified.Path, -gone));
            Fd? found = Sys.TryOpenAt2(unified.Open(), path, O_RDONLY | O_DIRECTORY, Inside, out int error);
            if (found is null && (error != -ENOENT || directories.Length == 1 && below.IsAsked))
                throw new SysException("openat2", $"{unified.Path}/{path}", -error);
            return found ?? Reopen(unified);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "cannot join the container's cgroup");
        }
    }

    internal void RequireKnown(SubCgroups below) => below.RequireKnown(Array.ConvertAll(directories, directory => directory.Key));

    private static bool IsGone(int error) => error is -ENOENT or -ENODEV;

    /// <summary>The caller must dispose the descriptor.</summary>
    private static Fd Reopen(CgroupDirectory directory)
        => directory.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out int error) ?? throw new SysException("openat2", directory.Path, -error);
}
