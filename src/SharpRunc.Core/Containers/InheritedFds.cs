using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>
/// The descriptors that the caller gave us: 0–2, then LISTEN_FDS and --preserve-fds from 3. They are looked at before our first
/// own open, so that a missing one is never one of ours; all else that we inherited reaches nobody.
/// </summary>
internal readonly record struct InheritedFds(int Listen, int Preserved)
{
    private const int First = 3;

    public int Count => Listen + Preserved;

    /// <param name="listen">LISTEN_FDS is for containers; an exec has --preserve-fds alone.</param>
    public static InheritedFds Find(int preserved, bool listen = true)
    {
        if (preserved < 0)
            throw new ContainerException("--preserve-fds is a number of descriptors: 0 or more");
        for (int number = 0; number < First; number++)
            if (!IsOpen(number))
                OpenNull();
        InheritedFds fds = new(listen ? ListenFds() : 0, preserved);
        long count = (long)fds.Listen + fds.Preserved;
        for (int i = 0; i < count; i++)
            if (!IsOpen(First + i))
                throw new ContainerException($"unable to stat preserved-fd {i} (of {count}): {strerror(EBADF)}") { Errno = EBADF };
        return fds;
    }

    /// <summary>Only once this process will not start itself again: that start needs them too.</summary>
    public static void Protect() => Sys.CloseOnExecFrom(First);

    /// <summary>What 0, 1 and 2 are, as /proc tells it: <c>pipe:[12345]</c>, <c>/dev/null</c>; a fault leaves the name out.</summary>
    public static string[] StdioLinks()
    {
        string[] links = new string[First];
        for (int number = 0; number < First; number++)
            links[number] = ProcFs.TryPathOf(Fd.Own(number)) ?? ""; // borrowed
        return links;
    }

    /// <summary>sd_listen_fds(3): only when they were meant for this process.</summary>
    private static int ListenFds()
        => int.TryParse(ProcessStrings.Variable("LISTEN_PID"), out int pid) && pid == Sys.GetPid()
            && int.TryParse(ProcessStrings.Variable("LISTEN_FDS"), out int count) && count > 0 ? count : 0;

    /// <summary>Takes the lowest free number, the one that is missing, and stays open in what we execute.</summary>
    private static void OpenNull()
    {
        Fd nullDevice = Sys.OpenAt(Fd.Cwd, "/dev/null", O_RDWR);
        Sys.Fcntl(nullDevice, F_SETFD);
        nullDevice.Release();
    }

    private static bool IsOpen(int number)
    {
        Fd borrowed = Fd.Own(number);
        return Sys.TryFcntl(borrowed, F_GETFD) >= 0;
    }
}
