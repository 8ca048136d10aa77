using System;
using System.Globalization;
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
        using TraceStep step = error.Errno == EAGAIN ? Trace.Step(TraceKind.Lock, "the lock", subject) : default;
        if (step.IsRecorded && LockHolder.Find(directory) is > 0 and var holder)
            step.Explain(TraceKind.Lock, $"{subject}, held by process {holder.ToString()}{NameOf(holder)}");
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
            EAGAIN => new ContainerException(ErrorCode.StateLocked, "another command is still working on this container")
            {
                Hint = "the holder of " + subject + " is in /proc/locks",
            },
            _ => error.ToException(),
        };
    }

    private static Fd? TryOpen(Fd directory, out SysError error)
        => Sys.TryOpenAt(directory, Name, O_RDWR | O_CREAT | O_NOFOLLOW, out error, PrivateMode);

    private static string NameOf(int pid)
    {
        using Fd? name = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid.ToString()}/comm", O_RDONLY, out _);
        return name is null ? "" : $" ({KernelText.Decode(Sys.ReadAll(name)).Trim()})";
    }

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

/// <summary>Who holds a container's lock, without taking it: proc_locks(5).</summary>
internal static class LockHolder
{
    /// <summary>
    /// Everybody may hold any number of locks. With each page of them the kernel counts from the first: a million would take it minutes.
    /// </summary>
    private const int MostBytes = 32 << 20, LongestLine = 4096;

    /// <returns>Its pid; 0: nobody, or a process that this PID namespace does not show.</returns>
    public static int Find(ContainerDirectory directory) => Find(directory.Fd);

    /// <inheritdoc cref="Find(ContainerDirectory)"/>
    public static int Find(Fd directory)
    {
        using Fd? file = Sys.TryOpenAt(directory, ContainerLock.Name, O_PATH | O_NOFOLLOW, out _);
        using Fd? locks = Sys.TryOpenAt(Fd.Cwd, "/proc/locks", O_RDONLY, out _);
        if (file is null || locks is null)
            return 0;
        Inode wanted = Inode.Of(file, ContainerLock.Name);
        string inode = $" {wanted.Device.Major.ToString("x2")}:{wanted.Device.Minor.ToString("x2")}:{wanted.Number.ToString()} ";
        byte[] searched = KernelText.Encode(inode);
        LineReader lines = new(locks, stackalloc byte[LongestLine], "/proc/locks", MostBytes);
        while (lines.Next())
            if (lines.Line.IndexOf(searched) >= 0 && Holder(KernelText.Decode(lines.Line)) is { } pid)
                return pid;
        return 0;
    }

    /// <summary><c>1: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF</c>; those that wait have an arrow after the number.</summary>
    private static int? Holder(string line)
    {
        if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [_, "FLOCK", _, _, var pid, ..])
            return null;
        return int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
    }
}
