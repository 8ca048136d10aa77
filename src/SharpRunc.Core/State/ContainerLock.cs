using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// flock(2) on a container's lock file. Create, start, pause, resume, update and delete hold it, but never while a hook runs, because a
/// hook may call this runtime. State, list and kill never take it. A child cloned while it is held holds it too, until the child closes
/// <see cref="Fd"/>.
/// </summary>
internal sealed class ContainerLock : IDisposable
{
    public const string Name = "lock";
    private const uint PrivateMode = Modes.O600;
    private const int PatienceMilliseconds = 30_000;
    private const int StepMilliseconds = 5;

    private bool released;

    private ContainerLock(Fd fd) => Fd = fd;

    public Fd Fd { get; }

    /// <summary>Unlocks explicitly, because a copy of the descriptor in another process would keep the lock. May be called twice.</summary>
    public void Dispose()
    {
        if (released)
            return;
        released = true;
        Sys.TryFlock(Fd, LOCK_UN, Name);
        Fd.Dispose();
    }

    /// <param name="directory">The container's directory.</param>
    /// <param name="path">The path of the same directory.</param>
    public static ContainerLock Acquire(Fd directory, string path)
    {
        string subject = path + "/" + Name;
        Fd? file = TryOpen(directory, out SysError error);
        // No process can hold a lock on what is not a file. Left in place, it would prevent even delete --force from getting the lock.
        bool isFile = error.Errno is not (EISDIR or ELOOP);
        if (!isFile && !Sys.TryUnlinkAt(directory, Name, error.Errno == EISDIR ? AT_REMOVEDIR : 0).Failed)
            file = TryOpen(directory, out error);
        if (file is null)
            throw error.Errno == ENOENT ? ContainerStore.DoesNotExist() : error.On(subject).ToException();
        error = Sys.TryFlock(file, LOCK_EX | LOCK_NB, subject);
        for (int waited = 0; error.Errno == EAGAIN && waited < PatienceMilliseconds; waited += StepMilliseconds)
        {
            Interruption.Sleep(StepMilliseconds);
            error = Sys.TryFlock(file, LOCK_EX | LOCK_NB, subject);
        }
        if (!error.Failed && IsCurrent(file, subject))
            return new ContainerLock(file);
        file.Dispose();
        throw error.Errno switch
        {
            0 => ContainerStore.DoesNotExist(),
            EAGAIN => new ContainerException("another command is still working on this container")
            {
                Hint = "the holder of " + subject + " is in /proc/locks",
            },
            _ => error.ToException(),
        };
    }

    private static Fd? TryOpen(Fd directory, out SysError error)
        => Sys.TryOpenAt(directory, Name, O_RDWR | O_CREAT | O_NOFOLLOW, out error, PrivateMode);

    /// <summary>Compares by path, not by descriptor: the container may have been deleted and another created under the same name.</summary>
    private static bool IsCurrent(Fd file, string path)
    {
        using Fd? now = Sys.TryOpenAt(Fd.Cwd, path, O_PATH | O_NOFOLLOW, out _);
        if (now is null)
            return false;
        Inode mine = Inode.Of(file, path), theirs = Inode.Of(now, path);
        return mine.Number == theirs.Number && mine.Device == theirs.Device;
    }
}
