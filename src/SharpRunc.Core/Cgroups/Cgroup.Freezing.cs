using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Freezing, through the v1 controller or the unified hierarchy's own file.
internal sealed partial class Cgroup
{
    // Ten seconds in all, as in runc.
    private const int FreezeRounds = 40, FreezeMilliseconds = 250;

    // Processes are counted in the hierarchy that freezes them: both must refer to the same set.
    private CgroupDirectory? Freezer
    {
        get
        {
            foreach (CgroupDirectory directory in directories)
                if (directory.Has("freezer"))
                    return directory;
            return UnifiedDirectory;
        }
    }

    /// <summary>The directory through which its processes can be frozen; null where none can freeze.</summary>
    internal string? FreezerPath => Freezer?.Path;

    /// <summary>Whether it is frozen or about to be, by its own state or that of a cgroup above; false once it is gone.</summary>
    internal bool IsFrozen()
        => Freezer is { } freezer && IsFrozen(freezer);

    /// <summary>Whether one process in it is frozen: the container may have frozen only the cgroup below that holds the process.</summary>
    internal bool IsFrozen(int pid)
    {
        if (IsFrozen())
            return true;
        string membership = ReadMembership(pid);
        return IsFrozen(Freezer, membership) || !ReferenceEquals(Freezer, UnifiedDirectory) && IsFrozen(UnifiedDirectory, membership);
    }

    /// <param name="membership">Content of /proc/PID/cgroup.</param>
    private static bool IsFrozen(CgroupDirectory? freezer, string membership)
    {
        if (freezer is null || FindBelow(freezer, membership) is not { } below)
            return false;
        using CgroupDirectory its = new(freezer.Key, below.Length == 0 ? freezer.Path : $"{freezer.Path}/{below}", null);
        return IsFrozen(its);
    }

    private static bool IsFrozen(CgroupDirectory directory)
        => directory.IsUnified ? directory.TryReadKey("cgroup.events", "frozen") == 1
            : directory.TryRead("freezer.state") is { } state && !state.StartsWith("THAWED", StringComparison.Ordinal);

    /// <summary>Thaws the processes; a cgroup that is not frozen, or is gone, is left alone.</summary>
    internal void Thaw()
    {
        if (Freezer is not { } freezer)
            return;
        int error = Ask(freezer, frozen: false);
        if (error is < 0 and not (-ENOENT or -ENODEV))
            throw ContainerException.From(new SysException("write", $"{freezer.Path}/{FileOf(freezer)}", -error), "cannot thaw the container");
    }

    /// <summary>
    /// <see cref="Thaw"/> for this cgroup and for those below, which the container may have frozen. The ones below come first: while this
    /// one is frozen, no process that still runs can freeze them again.
    /// </summary>
    internal void ThawTree()
    {
        if (Freezer is { } freezer)
            ThawBelow(freezer);
        if (UnifiedDirectory is { } unified && !ReferenceEquals(unified, Freezer))
            ThawBelow(unified);
        Thaw();
    }

    private static void ThawBelow(CgroupDirectory freezer)
    {
        if (freezer.TryOpen() is not { } top || !CgroupTree.HasBelow(top))
            return;
        string file = FileOf(freezer), own = freezer.IsUnified ? file : "freezer.self_freezing", thawed = freezer.IsUnified ? "0" : "THAWED";
        CgroupTree.ForEach(top, freezer.Path, cgroup =>
        {
            // Reading is cheap, whereas a write walks everything below.
            using Fd? state = ReferenceEquals(cgroup, top) ? null : Sys.TryOpenAt(cgroup, own, O_RDONLY, out _);
            Span<byte> first = stackalloc byte[1];
            if (state is null || Sys.TryRead(state, first, own) != 1 || first[0] != '1')
                return;
            using Fd? control = Sys.TryOpenAt(cgroup, file, O_WRONLY, out _);
            if (control is not null)
                _ = Sys.TryWrite(control, KernelText.Encode(thawed), file); // it may disappear meanwhile
        });
    }

    /// <summary>Stops all processes in it and below. On failure they are running.</summary>
    /// <exception cref="ContainerException">Some process did not stop, or there is no freezer.</exception>
    internal void Freeze()
    {
        if (Freezer is not { } freezer)
            throw new ContainerException(directories.Length == 0 ? "unable to freeze the container: it has no cgroup of its own" : "unable to freeze the container: the freezer controller is not mounted");
        bool frozen = false;
        try
        {
            if (Ask(freezer, frozen: true) is < 0 and var error)
                throw ContainerException.From(new SysException("write", $"{freezer.Path}/{FileOf(freezer)}", -error), "unable to freeze the container");
            // On v1 a process that forks again and again can keep the cgroup in FREEZING; thawing and asking again ends that.
            for (int round = 0; round < FreezeRounds && !frozen; round++)
            {
                frozen = TryFreeze(FreezeMilliseconds);
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
            throw new ContainerException($"unable to freeze the container: {freezer.Path} does not stop")
            {
                Hint = "a process that waits in the kernel (state D in ps) cannot be frozen",
            };
    }

    /// <summary>
    /// Asks all processes to stop, and waits; false if some have not stopped in time (the kernel keeps trying until thawed).
    /// </summary>
    private bool TryFreeze(int milliseconds)
    {
        if (Freezer is not { } freezer)
            return false;
        bool asked = Ask(freezer, frozen: true) == 0;
        for (int waited = 0; asked; waited++)
        {
            bool done = freezer.IsUnified ? freezer.TryReadKey("cgroup.events", "frozen") == 1
                : freezer.TryRead("freezer.state") is not { } state || state.StartsWith("FROZEN", StringComparison.Ordinal);
            if (done)
                return true;
            if (waited == milliseconds)
                return false;
            Sys.Poll([], 1);
        }
        return false;
    }

    private static string FileOf(CgroupDirectory freezer) => freezer.IsUnified ? "cgroup.freeze" : "freezer.state";

    /// <summary>0 or a negative errno.</summary>
    private static int Ask(CgroupDirectory freezer, bool frozen)
        => freezer.TryWrite(FileOf(freezer), freezer.IsUnified ? frozen ? "1" : "0" : frozen ? "FROZEN" : "THAWED");
}
