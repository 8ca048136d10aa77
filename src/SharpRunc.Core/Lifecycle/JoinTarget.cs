using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The process or thread through which a container's namespaces are joined. A thread that ends loses its namespaces, and a program may end
/// its first thread and continue in the others. Then one of those still has the init's namespaces.
/// </summary>
internal static class JoinTarget
{
    /// <returns>The init itself, or a descriptor of one of its threads.</returns>
    public static PidFd Open(PidFd init, int pid, bool runsFirstThread)
    {
        if (runsFirstThread)
            return init;
        if (TryThread(init, pid) is { } thread)
            return thread;
        if (init.WaitExit(0))
            throw ContainerStatus.NotJoinable();
        string ended = $"the main thread of the container's init ({pid}) has ended, so nothing can join its namespaces";
        throw new ContainerException(ErrorCode.ContainerThreadEnded, $"cannot exec: {ended}")
        {
            Errno = ESRCH,
            Hint = "its other threads run on: Linux 6.9 or newer can join through one of them",
        };
    }

    private static PidFd? TryThread(PidFd init, int pid)
    {
        using Fd? threads = Sys.TryOpenAt(Fd.Cwd, $"/proc/{pid}/task", O_RDONLY | O_DIRECTORY, out _);
        if (threads is null)
            return null;
        while (Sys.ReadSomeOfDirectory(threads, "task") is { Count: > 0 } names)
            foreach (string name in names)
                if (int.TryParse(name, out int number) && number != pid && PidFd.TryOpenThread(number) is { } thread)
                {
                    // While the thread is alive its number is not reused: if the init still has a thread of that number, it is this one.
                    using Fd? its = Sys.TryOpenAt(threads, name, O_PATH | O_DIRECTORY, out _);
                    if (its is not null && !thread.WaitExit(0) && !init.WaitExit(0))
                        return thread;
                    thread.Dispose();
                }
        return null;
    }
}
