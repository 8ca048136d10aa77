using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// How a process gets into the cgroup: it is cloned into the unified directory, it writes "0" into files that were opened for it, or it is
/// moved. Whether it really is there can be checked afterwards.
/// </summary>
internal readonly struct Admission(Cgroup cgroup)
{
    /// <summary>The explanation of EAGAIN from clone(2).</summary>
    public const string NoMoreProcesses
        = "the limit of processes is reached: pids.max of the cgroup, of the caller's or of one above, or the user's RLIMIT_NPROC";

    // For a container that keeps moving its init.
    private const int Attempts = 64;

    /// <summary>
    /// The v1 <c>tasks</c> files. A single-threaded process joins by writing "0" into each, which takes 18 µs in all; writing another
    /// process's pid into cgroup.procs waits for RCU. Memory comes last, so that earlier work is not charged to the container.
    /// </summary>
    /// <param name="withUnified">Whether to include the unified one, for a process that was not cloned into it.</param>
    public Fd[] OpenTasks(bool withUnified = false) => OpenTasks(SubCgroups.None, init: 0, withUnified);

    /// <param name="below">For an exec; each of them must exist.</param>
    /// <param name="init">The process whose cgroup is used when the container's own is gone; 0: fail in that case.</param>
    /// <param name="withUnified">Whether to include the unified one, for a process that was not cloned into it.</param>
    public Fd[] OpenTasks(SubCgroups below, int init, bool withUnified = false)
    {
        int count = cgroup.Directories.Length;
        List<Fd> tasks = new(count);
        Fd? memory = null;
        try
        {
            for (int i = 0; i < count; i++)
            {
                CgroupDirectory directory = cgroup.Directories[i];
                if (directory.Has("memory"))
                    memory = OpenTasks(directory, below.Find(directory.Key), init);
                else if (!directory.IsUnified || withUnified)
                    tasks.Add(OpenTasks(directory, below.Find(directory.Key), init));
            }
        }
        catch (Exception e) when (e is SysException or ContainerException)
        {
            foreach (Fd opened in tasks)
                opened.Dispose();
            memory?.Dispose();
            if (e is SysException refused)
                throw ContainerException.From(ErrorCode.CgroupJoin, refused, "cannot join the container's cgroup");
            throw;
        }
        if (memory is not null)
            tasks.Add(memory);
        return tasks.ToArray();
    }

    private Fd OpenTasks(CgroupDirectory directory, string below, int init)
    {
        string file = directory.IsUnified ? "cgroup.procs" : "tasks";
        SysError error;
        Fd? tasks = below.Length > 0
            ? directory.TryOpenBelow($"{below}/{file}", O_WRONLY, out error)
            : directory.TryOpenFile(file, O_WRONLY, out error);
        if (below.Length == 0 && IsGone(error) && init > 0)
            return OpenTasks(Follow(directory, init), below, init: 0);
        return tasks ?? throw error.ToException();
    }

    /// <summary>Every controller that the caller names must be in one of the container's hierarchies.</summary>
    public void RequireKnown(SubCgroups below)
    {
        string[] keys = new string[cgroup.Directories.Length];
        for (int i = 0; i < keys.Length; i++)
            keys[i] = cgroup.Directories[i].Key;
        below.RequireKnown(keys);
    }

    /// <summary>Moves in a process that the runtime did not clone; where systemd has already placed it, nothing changes.</summary>
    public void Move(int pid)
    {
        string text = pid.ToString(CultureInfo.InvariantCulture);
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            SysError error = directory.TryWrite("cgroup.procs", text);
            if (error.Failed)
                throw ContainerException.From(ErrorCode.CgroupJoin, error, "cannot enter the container's cgroup");
        }
    }

    /// <summary>
    /// Clones a process into the unified cgroup. Where that accepts none (EBUSY: it has given controllers to cgroups below it; EOPNOTSUPP:
    /// it has only threads), the process joins the cgroup of the container's init, which is always within the container's own.
    /// </summary>
    /// <param name="below">A place that the caller names has no fallback.</param>
    /// <param name="init">The container's init; its cgroup is used when the container's own is gone.</param>
    /// <param name="clone">Receives the directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</param>
    public T Enter<T>(SubCgroups below, int init, Func<Fd?, T> clone)
    {
        using (Fd? own = OpenUnified(below, init))
            try
            {
                return clone(own);
            }
            catch (SysException e) when (e.Errno == EAGAIN)
            {
                throw ContainerException.From(ErrorCode.HostProcesses, e, "cannot create the process", pointer: null, NoMoreProcesses);
            }
            catch (SysException e) when (own is not null && IsRefusal(e.Errno) && !below.IsAsked)
            {
                // The init's may accept it.
            }
        return EnterWithInit(init, clone);
    }

    private T EnterWithInit<T>(int init, Func<Fd?, T> clone)
    {
        CgroupDirectory unified = cgroup.UnifiedDirectory!;
        SysException? refused = null;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            string path = Membership.Read(init).FindBelow(unified)
                ?? throw new ContainerException(
                    ErrorCode.CgroupJoin, $"cannot join the container's cgroup: its init has left {unified.Path}, "
                    + $"which cannot contain processes: {ReasonForRefusal()}");
            // The processes of a threaded cgroup are in the domain above.
            for (; ; path = CgroupPath.Parent(path))
                try
                {
                    using Fd? place = path.Length == 0 ? Reopen(unified) : unified.TryOpenBelow(path, O_RDONLY | O_DIRECTORY, out _);
                    if (place is null)
                        break; // it has moved meanwhile
                    return clone(place);
                }
                catch (SysException e) when (IsRefusal(e.Errno))
                {
                    refused = e;
                    if (e.Errno != EOPNOTSUPP || path.Length == 0)
                        break;
                }
        }
        refused ??= new SysException("openat2", unified.Path, ENOENT);
        string operation = "cannot join the container's cgroup";
        throw ContainerException.From(ErrorCode.CgroupJoin, refused, ReasonForRefusal() is { } why ? $"{operation}: {why}" : operation);
    }

    /// <summary>The directory for CLONE_INTO_CGROUP; null where there is no unified hierarchy.</summary>
    /// <param name="below">
    /// One that the caller names must exist on a pure v2 host. Beside v1 hierarchies, which the name is meant for, the container's own
    /// cgroup is used if it does not.
    /// </param>
    /// <param name="init">As for <see cref="OpenTasks(SubCgroups, int, bool)"/>.</param>
    private Fd? OpenUnified(SubCgroups below, int init)
    {
        if (cgroup.UnifiedDirectory is not { } unified)
            return null;
        try
        {
            string path = below.Find("");
            SysError error;
            if (path.Length > 0)
            {
                Fd? found = unified.TryOpenBelow(path, O_RDONLY | O_DIRECTORY, out error);
                if (found is null && (error.Errno != ENOENT || cgroup.IsV2 && below.IsAsked))
                    throw error.ToException();
                return found ?? Reopen(unified);
            }
            if (unified.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out error) is { } own)
                return own;
            if (IsGone(error))
                return Reopen(Follow(unified, init));
            throw error.ToException();
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.CgroupJoin, e, "cannot join the container's cgroup");
        }
    }

    /// <summary>
    /// The container's own directory is gone, so no process is in it: someone with the permission has moved them. A process that joins the
    /// container joins its init's cgroup instead, and is confined as the init is.
    /// </summary>
    private CgroupDirectory Follow(CgroupDirectory gone, int init)
    {
        if (init <= 0)
            throw new SysException("openat2", gone.Path, ENOENT);
        string name = Membership.Read(init).NameIn(gone.Key).ToString();
        Hierarchy? hierarchy = Array.Find(CgroupLayout.Detect().Hierarchies, hierarchy => hierarchy.Key == gone.Key);
        if (name.Length == 0 || hierarchy is null)
            throw new SysException("openat2", gone.Path, ENOENT);
        string below = hierarchy.BelowMount(name);
        if (below.Length == 0 && !gone.Key.StartsWith("name=", StringComparison.Ordinal))
            throw new ContainerException(ErrorCode.CgroupJoin, $"cannot join the container's cgroup: {gone.Path} is gone, "
                + "and its init is in the root cgroup, where no limits apply");
        CgroupDirectory followed = new(gone.Key, $"{hierarchy.MountPoint}/{below}", hierarchy.NameOf(below));
        cgroup.Replace(gone, followed);
        return followed;
    }

    /// <summary>
    /// Requires that a process is in this cgroup or below it, in each of its hierarchies; a process that has ended is in none and passes.
    /// </summary>
    /// <exception cref="ContainerException">It is elsewhere, or the kernel does not say.</exception>
    public void RequireInside(int pid)
    {
        Membership membership = Membership.Read(pid);
        foreach (CgroupDirectory directory in cgroup.Directories)
            if (membership.FindBelow(directory) is null && IsRunning(pid))
                throw new ContainerException(ErrorCode.CgroupLeft, $"process {pid} is not in the container's cgroup {directory.Path}: "
                    + $"it is in {membership.NameIn(directory.Key)}");
    }

    private static bool IsRunning(int pid) => ProcessStat.TryRead(pid, out ProcessStat stat) && !stat.IsExiting;

    /// <summary>clone3(2): the errors of CLONE_INTO_CGROUP that concern the cgroup and not the caller.</summary>
    public static bool IsRefusal(int errno) => errno is EBUSY or EOPNOTSUPP or ENODEV or ENOENT;

    /// <summary>cgroups(7), "no internal processes" and threads; null if the cgroup accepts processes.</summary>
    public string? ReasonForRefusal()
    {
        if (cgroup.UnifiedDirectory is not { } unified)
            return null;
        string? type = unified.TryRead("cgroup.type")?.Trim();
        if (type is "threaded" or "domain invalid")
            return $"{unified.Path} can contain threads, but no processes (cgroup.type: {type})";
        string? controllers = unified.TryRead("cgroup.subtree_control")?.Trim();
        return string.IsNullOrEmpty(controllers) ? null
            : $"{unified.Path} has enabled controllers for the cgroups below it (cgroup.subtree_control: {controllers}), "
                + "so it cannot contain processes itself";
    }

    private static bool IsGone(SysError error) => error.Errno is ENOENT or ENODEV;

    /// <summary>The caller must dispose the descriptor.</summary>
    private static Fd Reopen(CgroupDirectory directory)
        => directory.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out SysError error)
            ?? throw error.On(directory.Path).ToException();
}
