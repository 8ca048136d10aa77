using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The descriptors passed by the caller: 0–2, then LISTEN_FDS and --preserve-fds from 3 on. They are checked before the runtime opens
/// anything itself, so that a missing one is never mistaken for one of its own. Every other inherited descriptor is closed on exec.
/// </summary>
/// <param name="Listen">The number of LISTEN_FDS.</param>
/// <param name="Passed">The numbers passed to the container, as ranges: a gap between them stays closed.</param>
internal readonly record struct InheritedFds(int Listen, CloseRange[] Passed)
{
    private const int First = 3;

    /// <summary>On a host with twelve v1 hierarchies a create has 40 descriptors open at once.</summary>
    private const int Needed = 64;

    /// <summary>Lower numbers may be descriptors that the caller preserves; none of the runtime's own may be mistaken for one.</summary>
    private const int FirstOwn = 64;

    /// <summary>Duplicates the descriptor to a number out of the caller's way, if the limit on descriptors leaves room there.</summary>
    public static Fd Copy(Fd fd)
    {
        int copy = Sys.TryFcntl(fd, F_DUPFD_CLOEXEC, out SysError error, FirstOwn);
        return Fd.Own(error.Failed ? (int)Sys.Fcntl(fd, F_DUPFD_CLOEXEC, First) : copy);
    }

    /// <summary>
    /// Runs before anything is opened: otherwise a descriptor of the runtime would be taken for a standard stream, and be written to or
    /// passed on.
    /// </summary>
    public static void FillStandardStreams()
    {
        for (int number = 0; number < First; number++)
            if (!IsOpen(number))
                OpenNull();
    }

    /// <param name="preserved">
    /// --preserve-fds: how many numbers after LISTEN_FDS to pass on; those that are not open are skipped (podman run --preserve-fd=7 asks
    /// for five).
    /// </param>
    /// <param name="listen">LISTEN_FDS is for containers; an exec has only --preserve-fds.</param>
    public static InheritedFds Find(int preserved, bool listen = true)
    {
        if (preserved < 0)
            throw new ContainerException(ErrorCode.UsageValue, "--preserve-fds must be 0 or more");
        RequireRoom();
        int listening = listen ? ListenFds() : 0;
        // sd_listen_fds(3) numbers them without a gap.
        for (int i = 0; i < listening; i++)
        {
            if (IsInherited(First + i))
                continue;
            string missing = $"unable to stat preserved-fd {i} (of {(long)listening + preserved}): {strerror(EBADF)}";
            throw new ContainerException(ErrorCode.UsageDescriptors, missing) { Errno = EBADF };
        }
        int end = (int)Math.Min(First + (long)listening + preserved, int.MaxValue);
        List<CloseRange> passed = [];
        for (int number = First; number < end; number++)
            if (IsInherited(number))
                Add(passed, number);
            else
                number = SkipGap(number, end) - 1;
        return new(listening, [.. passed]);
    }

    /// <summary>Call only once this process will not re-execute itself: the re-execution needs the descriptors too.</summary>
    public static void Protect() => Sys.CloseOnExecFrom(First);

    /// <summary>
    /// What 0, 1 and 2 refer to according to /proc, such as <c>pipe:[12345]</c> or <c>/dev/null</c>; "" when that cannot be read.
    /// </summary>
    public static string[] StdioLinks()
    {
        string[] links = new string[First];
        for (int number = 0; number < First; number++)
            links[number] = ProcFs.TryPathOf(Fd.Borrow(number)) ?? "";
        return links;
    }

    /// <summary>Checked first: if the limit were hit halfway, no descriptor would be left for the cleanup.</summary>
    private static void RequireRoom()
    {
        ulong? limit = Sys.TryGetLimit(RLIMIT_NOFILE);
        if (limit is null or >= Needed)
            return;
        string tooFew = $"the caller's limit on open files (RLIMIT_NOFILE) is {limit}: {RuntimeContext.Name} needs {Needed}";
        throw new ContainerException(ErrorCode.HostOpenFiles, tooFew) { Errno = EMFILE };
    }

    /// <summary>sd_listen_fds(3): counts only if the variables are meant for this process.</summary>
    private static int ListenFds()
        => int.TryParse(ProcessStrings.Variable("LISTEN_PID"), out int pid) && pid == Sys.GetPid()
            && int.TryParse(ProcessStrings.Variable("LISTEN_FDS"), out int count) && count > 0 ? count : 0;

    /// <summary>Takes the lowest free number, which is the missing one, and stays open across execve.</summary>
    private static void OpenNull()
    {
        Fd nullDevice = Sys.OpenAt(Fd.Cwd, "/dev/null", O_RDWR);
        Sys.Fcntl(nullDevice, F_SETFD);
        nullDevice.Release();
    }

    private static void Add(List<CloseRange> passed, int number)
    {
        if (passed.Count > 0 && passed[^1].Last == number - 1)
            passed[^1] = new() { First = passed[^1].First, Last = (uint)number };
        else
            passed.Add(new() { First = (uint)number, Last = (uint)number });
    }

    /// <summary>
    /// Fills a gap, so that no descriptor of the runtime lands in it: the last mile closes everything that is not passed on, and would
    /// close what it still uses itself. Beyond the last number that the caller has open nothing needs to be filled.
    /// </summary>
    /// <returns>The next number that is not in the gap.</returns>
    private static int SkipGap(int from, int end)
    {
        int next = NextInherited(from, end);
        if (next == end)
            return end;
        for (int number = from; number < next; number++)
        {
            if (IsOpen(number))
                continue;
            Sys.TryFcntl(Fd.Borrow(0), F_DUPFD_CLOEXEC, out SysError error, number);
            if (!error.Failed)
                continue;
            string failed = $"--preserve-fds: cannot keep descriptor {number} closed: {strerror(error.Errno)}";
            throw new ContainerException(ErrorCode.HostCallFailed, failed) { Errno = error.Errno };
        }
        return next;
    }

    private static int NextInherited(int from, int end)
    {
        int next = end;
        using Fd list = Sys.OpenAt(Fd.Cwd, "/proc/self/fd", O_RDONLY | O_DIRECTORY);
        foreach (string name in Sys.ReadDirectory(list, "/proc/self/fd"))
        {
            bool isNumber = int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number);
            if (isNumber && number > from && number < next && IsInherited(number))
                next = number;
        }
        return next;
    }

    private static bool IsOpen(int number) => Flags(number) >= 0;

    /// <summary>A descriptor that came through execve is not close-on-exec; everything the runtime opens is.</summary>
    private static bool IsInherited(int number)
    {
        int flags = Flags(number);
        return flags >= 0 && (flags & FD_CLOEXEC) == 0;
    }

    /// <summary>fcntl(2), F_GETFD: −1 if it is closed.</summary>
    private static int Flags(int number) => Sys.TryFcntl(Fd.Borrow(number), F_GETFD, out _);
}
