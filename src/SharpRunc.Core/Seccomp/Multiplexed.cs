namespace SharpRunc.Core.Seccomp;

/// <summary>The calls behind socketcall(2) and ipc(2), by the selector in their first argument (linux/net.h, linux/ipc.h).</summary>
internal static class Multiplexed
{
    private static readonly (string Name, uint Selector)[] Sockets =
    [
        ("socket", 1), ("bind", 2), ("connect", 3), ("listen", 4), ("accept", 5), ("getsockname", 6), ("getpeername", 7),
        ("socketpair", 8), ("send", 9), ("recv", 10), ("sendto", 11), ("recvfrom", 12), ("shutdown", 13), ("setsockopt", 14),
        ("getsockopt", 15), ("sendmsg", 16), ("recvmsg", 17), ("accept4", 18), ("recvmmsg", 19), ("sendmmsg", 20),
    ];

    private static readonly (string Name, uint Selector)[] Ipc =
    [
        ("semop", 1), ("semget", 2), ("semctl", 3), ("semtimedop", 4), ("msgsnd", 11), ("msgrcv", 12), ("msgget", 13), ("msgctl", 14),
        ("shmat", 21), ("shmdt", 22), ("shmget", 23), ("shmctl", 24),
    ];

    /// <summary>The call that multiplexes this one, and the selector; null if none does.</summary>
    public static (string Through, uint Selector)? Find(string name)
    {
        // All of them begin with one of these letters, so most names are dismissed at once.
        if (name[0] is not ('s' or 'b' or 'c' or 'l' or 'a' or 'g' or 'r' or 'm'))
            return null;
        foreach ((string known, uint selector) in Sockets)
            if (known == name)
                return ("socketcall", selector);
        foreach ((string known, uint selector) in Ipc)
            if (known == name)
                return ("ipc", selector);
        return null;
    }
}
