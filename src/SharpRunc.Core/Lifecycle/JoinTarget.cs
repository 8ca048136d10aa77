using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// Through whom a container's namespaces are joined. The kernel takes them from a thread that ends, and a program may end its first one and live on in
/// the others: then one of those has what the init had.
/// </summary>
internal static class JoinTarget
{
    /// <returns>The init itself, or a descriptor of a thread of its.</returns>
    public static PidFd Of(PidFd init, int pid, bool runsFirstThread)
        => runsFirstThread ? init : TryThread(init, pid)
            ?? throw (init.WaitExit(0) ? ContainerStatus.NotJoinable() : new ContainerException($"cannot exec: the main thread of the container's init ({pid}) has ended, so nothing can join its namespaces")
            {
                Errno = ESRCH,
                Hint = "its other threads run on: Linux 6.9 or newer can join through one of them",
            });

    private static PidFd? TryThread(PidFd init, int pid)
    {
        using Fd? threads = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/task", O_RDONLY | O_DIRECTORY, out _);
        if (threads is null)
            return null;
        foreach (string name in Sys.ReadDirectory(threads, "task"))
            if (int.TryParse(name, out int number) && number != pid && PidFd.TryOpenThread(number) is { } thread)
            {
                // While the descriptor's thread lives, its number is nobody else's: if the init has one of that number still, it is this.
                using Fd? its = Sys.TryOpenAt(threads, name, O_PATH | O_DIRECTORY, out _);
                if (its is not null && !thread.WaitExit(0) && !init.WaitExit(0))
                    return thread;
                thread.Dispose();
            }
        return null;
    }
}
