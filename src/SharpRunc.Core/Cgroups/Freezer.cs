using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Stops the processes of a cgroup and lets them continue, through the v1 controller or the unified hierarchy's own file. A cgroup is also
/// frozen while one above it is.
/// </summary>
internal readonly struct Freezer(Cgroup cgroup)
{
    // Ten seconds in all, as in runc.
    private const int Rounds = 40, RoundMilliseconds = 250;

    /// <summary>The directory through which its processes can be frozen; null where none can freeze.</summary>
    public CgroupDirectory? Directory => cgroup.Find("freezer") ?? cgroup.UnifiedDirectory;

    /// <summary>Whether it is frozen or about to be, by its own state or that of a cgroup above; false once it is gone.</summary>
    public bool IsFrozen() => Directory is { } directory && IsFrozen(directory);

    /// <summary>Whether one process in it is frozen: the container may have frozen only the cgroup below that holds the process.</summary>
    public bool IsFrozen(int pid)
    {
        if (IsFrozen())
            return true;
        Membership membership = Membership.Read(pid);
        CgroupDirectory? directory = Directory, unified = cgroup.UnifiedDirectory;
        return IsFrozen(directory, membership) || !ReferenceEquals(directory, unified) && IsFrozen(unified, membership);
    }

    private static bool IsFrozen(CgroupDirectory? directory, Membership membership)
    {
        if (directory is null || membership.FindBelow(directory) is not { } below)
            return false;
        string path = below.Length == 0 ? directory.Path : $"{directory.Path}/{below}";
        using CgroupDirectory its = new(directory.Key, path);
        return IsFrozen(its);
    }

    private static bool IsFrozen(CgroupDirectory directory)
    {
        if (directory.IsUnified)
            return IsUnifiedFrozen(directory);
        // FREEZING counts: the processes that still run will stop.
        string? state = directory.TryRead("freezer.state");
        return state is not null && !state.StartsWith("THAWED", StringComparison.Ordinal);
    }

    private static bool IsUnifiedFrozen(CgroupDirectory directory) => directory.TryReadKey("cgroup.events", "frozen") == 1;

    /// <summary>Thaws the processes; a cgroup that is not frozen, or is gone, is left alone.</summary>
    public void Thaw()
    {
        if (Directory is not { } directory)
            return;
        SysError error = Request(directory, frozen: false);
        if (error.Failed && error.Errno is not (ENOENT or ENODEV))
            throw ContainerException.From(ErrorCode.CgroupFreeze, error, "cannot thaw the container");
    }

    /// <summary>
    /// <see cref="Thaw"/> for this cgroup and for those below, which the container may have frozen. The ones below come first: while this
    /// one is frozen, no process that still runs can freeze them again.
    /// </summary>
    public void ThawTree()
    {
        CgroupDirectory? directory = Directory, unified = cgroup.UnifiedDirectory;
        if (directory is not null)
            ThawBelow(directory);
        if (unified is not null && !ReferenceEquals(unified, directory))
            ThawBelow(unified);
        Thaw();
    }

    private static void ThawBelow(CgroupDirectory directory)
    {
        if (directory.TryOpen() is not { } top || !CgroupTree.HasBelow(top))
            return;
        string file = FileOf(directory), thawed = ValueOf(directory, frozen: false);
        // Starts with 1 where the cgroup itself was frozen, not only one above.
        string own = directory.IsUnified ? file : "freezer.self_freezing";
        CgroupTree.ForEach(top, directory.Path, below =>
        {
            // Reading is cheap, whereas a write walks everything below.
            using Fd? state = ReferenceEquals(below, top) ? null : Sys.TryOpenAt(below, own, O_RDONLY, out _);
            Span<byte> first = stackalloc byte[1];
            if (state is null || Sys.TryRead(state, first, own) != 1 || first[0] != '1')
                return;
            using Fd? control = Sys.TryOpenAt(below, file, O_WRONLY, out _);
            if (control is not null)
                _ = Sys.TryWrite(control, KernelText.Encode(thawed), file); // it may disappear meanwhile
        });
    }

    /// <summary>Stops all processes in it and below. On failure they are running.</summary>
    /// <exception cref="ContainerException">Some process did not stop, or there is no freezer.</exception>
    public void Freeze()
    {
        CgroupDirectory directory = Directory ?? throw NoFreezer();
        bool frozen = false;
        try
        {
            SysError error = Request(directory, frozen: true);
            if (error.Failed)
                throw ContainerException.From(ErrorCode.CgroupFreeze, error, "unable to freeze the container");
            // On v1 a process that forks again and again can keep the cgroup in FREEZING; thawing and asking again ends that.
            for (int round = 0; round < Rounds && !frozen; round++)
            {
                frozen = TryFreeze(RoundMilliseconds);
                if (!frozen)
                    Thaw();
            }
        }
        finally
        {
            if (!frozen)
                Thaw();
        }
        if (!frozen)
            throw new ContainerException(ErrorCode.CgroupFreeze, $"unable to freeze the container: {directory.Path} does not stop")
            {
                Hint = "a process that waits in the kernel (state D in ps) cannot be frozen",
            };
    }

    /// <summary>
    /// Asks all processes to stop, and waits; false if some have not stopped in time (the kernel keeps trying until thawed).
    /// </summary>
    public bool TryFreeze(int milliseconds)
    {
        if (Directory is not { } directory || Request(directory, frozen: true).Failed)
            return false;
        for (int waited = 0; !HasStopped(directory); waited++)
        {
            if (waited == milliseconds)
                return false;
            Sys.Poll([], 1);
        }
        return true;
    }

    /// <summary>On v1 a cgroup that is gone has stopped: no process is in it.</summary>
    private static bool HasStopped(CgroupDirectory directory)
    {
        if (directory.IsUnified)
            return IsUnifiedFrozen(directory);
        string? state = directory.TryRead("freezer.state");
        return state is null || state.StartsWith("FROZEN", StringComparison.Ordinal);
    }

    private static string FileOf(CgroupDirectory directory) => directory.IsUnified ? "cgroup.freeze" : "freezer.state";

    private static string ValueOf(CgroupDirectory directory, bool frozen)
    {
        if (directory.IsUnified)
            return frozen ? "1" : "0";
        return frozen ? "FROZEN" : "THAWED";
    }

    private static SysError Request(CgroupDirectory directory, bool frozen)
        => directory.TryWrite(FileOf(directory), ValueOf(directory, frozen));

    private ContainerException NoFreezer()
        => new(ErrorCode.CgroupFreeze, cgroup.Directories.Length == 0 ? "unable to freeze the container: it has no cgroup of its own"
            : "unable to freeze the container: the freezer controller is not mounted");
}
