namespace SharpRunc.Core.Seccomp;

/// <summary>
/// The calls that programs make most often: the search for a number tests these early. The weights need to be right only to an order of
/// magnitude; wrong ones cost a few comparisons but never change a decision.
/// </summary>
internal static class FrequentCalls
{
    private const byte Often = 100, Sometimes = 25;

    /// <summary>Higher than any table's numbers: x32's own begin at 512.</summary>
    private const int Numbers = 1024;

    private static readonly string[] Frequent =
    [
        "read", "write", "close", "openat", "newfstatat", "fstat", "futex", "mmap", "munmap", "mprotect", "brk", "epoll_wait",
        "epoll_pwait", "poll", "recvfrom", "sendto", "recvmsg", "sendmsg", "writev", "pread64", "pwrite64", "fcntl", "ioctl", "lseek",
        "rt_sigaction", "rt_sigprocmask", "clock_gettime",
    ];

    private static readonly string[] Common =
    [
        "accept4", "access", "clock_nanosleep", "clone", "clone3", "connect", "dup2", "epoll_ctl", "execve", "exit_group",
        "fadvise64", "getdents64", "getpid", "getrandom", "getsockopt", "gettid", "io_uring_enter", "lstat", "madvise", "nanosleep",
        "open", "pipe2", "ppoll", "prctl", "readlink", "readv", "sched_yield", "select", "setsockopt", "socket", "stat", "statx",
        "unlink", "wait4",
    ];

    /// <summary>The relative frequency of each number of the architecture, without its base; a rare one has 1.</summary>
    public static byte[] Weights(Architecture architecture)
    {
        byte[] weights = new byte[Numbers];
        Add(weights, architecture, Common, Sometimes);
        Add(weights, architecture, Frequent, Often);
        return weights;
    }

    private static void Add(byte[] weights, Architecture architecture, string[] names, byte weight)
    {
        foreach (string name in names)
        {
            int number = architecture.Number(SyscallTable.Find(name));
            if (number >= 0)
                weights[number] = weight;
        }
    }
}
