using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Clocks and waiting.
internal static unsafe partial class Sys
{
    /// <summary>CLOCK_REALTIME: nanoseconds since 1970, UTC.</summary>
    public static long RealtimeNanoseconds()
    {
        long* time = stackalloc long[2];
        Call("clock_gettime", null, SYS_clock_gettime, 0, (nint)time);
        return time[0] * 1_000_000_000 + time[1];
    }

    public static long MonotonicMilliseconds()
    {
        long* time = stackalloc long[2];
        Call("clock_gettime", null, SYS_clock_gettime, 1, (nint)time);
        return time[0] * 1000 + time[1] / 1_000_000;
    }

    /// <summary>Without a system call, and unknown to <see cref="Probe"/>.</summary>
    public static long MonotonicNanoseconds()
    {
        long* time = stackalloc long[2];
        _ = clock_gettime(CLOCK_MONOTONIC, time);
        return time[0] * 1_000_000_000 + time[1];
    }

    public static void Sleep(int milliseconds)
    {
        long* time = stackalloc long[2] { milliseconds / 1000, milliseconds % 1000 * 1_000_000 };
        Try("nanosleep", null, SYS_nanosleep, (nint)time, (nint)time);
    }

    /// <summary>Returns the number of ready descriptors; 0 on time-out.</summary>
    /// <param name="milliseconds">−1: no limit.</param>
    public static int Poll(Span<pollfd> fds, int milliseconds)
    {
        LibraryCall call = new("poll", null);
        fixed (pollfd* p = fds)
            while (call.IsDue)
                call.Returned(poll(p, (uint)fds.Length, milliseconds));
        return (int)call.ResultOrThrow();
    }
}
