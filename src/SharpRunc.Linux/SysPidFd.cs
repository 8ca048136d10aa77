using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Processes by descriptor, and the clock.
internal static unsafe partial class Sys
{
    /// <summary>null and a negative errno (ESRCH: no such process) if it cannot be opened.</summary>
    public static Fd? TryPidfdOpen(int pid, out int error, uint flags = 0)
    {
        nint result = Try("pidfd_open", null, SYS_pidfd_open, pid, (nint)flags);
        error = result < 0 ? (int)result : 0;
        return result < 0 ? null : Fd.Own(result);
    }

    public static Fd PidfdGetFd(Fd process, int number) => Fd.Own(Call("pidfd_getfd", number.ToString(), SYS_pidfd_getfd, process.Number, number));

    /// <summary>0, or a negative errno.</summary>
    public static int TryPidfdSendSignal(Fd process, int signal) => (int)Try("pidfd_send_signal", null, SYS_pidfd_send_signal, process.Number, signal);

    /// <summary>CLOCK_REALTIME: nanoseconds since 1970, UTC.</summary>
    public static long RealtimeNanoseconds()
    {
        long* time = stackalloc long[2];
        Call("clock_gettime", null, SYS_clock_gettime, 0, (nint)time);
        return time[0] * 1_000_000_000 + time[1];
    }

    /// <summary>Returns the bytes read, or a negative errno: ESRCH when reading about a process that has just ended.</summary>
    public static int TryRead(Fd fd, System.Span<byte> buffer, string? subject = null)
    {
        fixed (byte* p = buffer)
            return (int)Try("read", subject, SYS_read, fd.Number, (nint)p, buffer.Length);
    }

    public static void Sleep(int milliseconds)
    {
        long* time = stackalloc long[2] { milliseconds / 1000, milliseconds % 1000 * 1_000_000 };
        Try("nanosleep", null, SYS_nanosleep, (nint)time, (nint)time);
    }

    /// <summary>Whether a name exists in a directory; a link is not followed.</summary>
    public static bool Exists(Fd dir, string name)
    {
        statx facts;
        fixed (byte* p = CString(name))
            return Try("statx", name, SYS_statx, dir.Number, (nint)p, AT_SYMLINK_NOFOLLOW, 0, (nint)(&facts)) == 0;
    }
}
