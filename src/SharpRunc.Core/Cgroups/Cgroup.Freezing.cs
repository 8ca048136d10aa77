using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Freezing, by the v1 controller or the unified hierarchy's own file.
internal sealed partial class Cgroup
{
    // All in all ten seconds, as runc has it.
    private const int FreezeRounds = 40, FreezeMilliseconds = 250;

    // Where freezing happens, processes are counted too: the two must speak of the same set.
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

    /// <summary>The directory by which its processes can be frozen; null where nothing freezes.</summary>
    internal string? FreezerPath => Freezer?.Path;

    /// <summary>Frozen or about to be, by its own state or by a cgroup above; false once it is gone.</summary>
    internal bool IsFrozen()
        => Freezer is { } freezer && IsFrozen(freezer);

    /// <summary>Of one process in it: the container can have frozen the cgroup below that the process is in, and that alone.</summary>
    internal bool IsFrozen(int pid)
    {
        if (IsFrozen())
            return true;
        string membership = ReadMembership(pid);
        return IsFrozen(Freezer, membership) || !ReferenceEquals(Freezer, UnifiedDirectory) && IsFrozen(UnifiedDirectory, membership);
    }

    /// <param name="membership">As /proc/PID/cgroup has it.</param>
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

    /// <summary>Lets the processes run on; nothing happens to one that is not frozen, or gone.</summary>
    internal void Thaw()
    {
        if (Freezer is not { } freezer)
            return;
        int error = Ask(freezer, frozen: false);
        if (error is < 0 and not (-ENOENT or -ENODEV))
            throw ContainerException.From(new SysException("write", $"{freezer.Path}/{FileOf(freezer)}", -error), "cannot thaw the container");
    }

    /// <summary>
    /// <see cref="Thaw"/>, and the cgroups below too, which the container can have frozen. Those first: where a process waits to die, nobody
    /// who still runs then freezes it again.
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
            // Reading is cheap, and a write goes through all that is below.
            using Fd? state = ReferenceEquals(cgroup, top) ? null : Sys.TryOpenAt(cgroup, own, O_RDONLY, out _);
            Span<byte> first = stackalloc byte[1];
            if (state is null || Sys.TryRead(state, first, own) != 1 || first[0] != '1')
                return;
            using Fd? control = Sys.TryOpenAt(cgroup, file, O_WRONLY, out _);
            if (control is not null)
                _ = Sys.TryWrite(control, KernelText.Encode(thawed), file); // it may go while we look
        });
    }

    /// <summary>Stops all processes in it and below. It is running when this fails.</summary>
    /// <exception cref="ContainerException">Some process did not stop, or there is nothing that freezes.</exception>
    internal void Freeze()
    {
        if (Freezer is not { } freezer)
            throw new ContainerException(directories.Length == 0 ? "unable to freeze the container: it has no cgroup of its own" : "unable to freeze the container: the freezer controller is not mounted");
        bool frozen = false;
        try
        {
            if (Ask(freezer, frozen: true) is < 0 and var error)
                throw ContainerException.From(new SysException("write", $"{freezer.Path}/{FileOf(freezer)}", -error), "unable to freeze the container");
            // On v1 a process that forks again and again can keep the cgroup in FREEZING: letting it run and asking anew ends that.
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

    /// <summary>Asks for all to stop and waits; false when some had not within the time (it goes on trying until thawed).</summary>
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
