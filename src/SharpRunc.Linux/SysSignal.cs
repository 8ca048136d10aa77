namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Signals, and processes by descriptor.
internal static unsafe partial class Sys
{
    /// <summary>null and the error (ESRCH: no such process) if it cannot be opened.</summary>
    public static Fd? TryPidfdOpen(int pid, out SysError error, uint flags = 0)
        => TryOpen("pidfd_open", null, out error, SYS_pidfd_open, pid, (nint)flags);

    public static Fd PidfdGetFd(Fd process, int number)
    {
        nint copy = Call("pidfd_getfd", number.ToString(), SYS_pidfd_getfd, process.Number, number);
        return Fd.Own(copy);
    }

    public static SysError TryPidfdSendSignal(Fd process, int signal)
        => Attempt("pidfd_send_signal", null, SYS_pidfd_send_signal, process.Number, signal);

    /// <summary>kill(2). Only for pids listed by a frozen cgroup; elsewhere a pidfd is the safe choice.</summary>
    public static SysError TryKill(int pid, int signal)
    {
        LibraryCall call = new("kill", null);
        while (call.IsDue)
            call.Returned(kill(pid, signal));
        return call.Error;
    }

    /// <summary>Blocks or restores signals; returns the previous mask.</summary>
    public static ulong SigProcMask(int how, ulong mask)
    {
        ulong old;
        Call("rt_sigprocmask", null, SYS_rt_sigprocmask, how, (nint)(&mask), (nint)(&old), sizeof(ulong));
        return old;
    }

    public static Fd SignalFd(ulong mask)
    {
        nint signals = Call("signalfd", null, SYS_signalfd4, -1, (nint)(&mask), sizeof(ulong), O_CLOEXEC | O_NONBLOCK);
        return Fd.Own(signals);
    }
}
