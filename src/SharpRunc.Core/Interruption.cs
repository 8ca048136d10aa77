using System;
using SharpRunc.Linux;

namespace SharpRunc.Core;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Handles SIGHUP, SIGINT, SIGQUIT and SIGTERM while a command creates something. They are read only where the command waits: it then rolls
/// back what it has made and exits with 128 plus the signal's number. The rollback itself is not interrupted again.
/// </summary>
internal static class Interruption
{
    private const ulong Asking = 1UL << (SIGHUP - 1) | 1UL << (SIGINT - 1) | 1UL << (SIGQUIT - 1) | 1UL << (SIGTERM - 1);

    private static Fd? signals;

    /// <summary>Whether a signal asks a process to end.</summary>
    public static bool IsAsking(int signal) => signal is SIGHUP or SIGINT or SIGQUIT or SIGTERM;

    /// <summary>The descriptor to poll along with others; −1, which poll(2) ignores, when signals are not handled.</summary>
    public static int Descriptor => signals?.Number ?? -1;

    /// <summary>
    /// Makes signals readable instead of delivering them; there is no other thread that could receive them (SharpRunc.csproj).
    /// </summary>
    public static void Enable()
    {
        Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
        signals = Sys.SignalFd(Asking);
    }

    /// <summary>For a clone, or once signals are meant for the process that the command waits for.</summary>
    public static void Disable()
    {
        signals?.Dispose();
        signals = null;
    }

    /// <summary>poll(2), except that a signal ends the command.</summary>
    /// <exception cref="ContainerException">The command was asked to end.</exception>
    public static int Poll(Span<pollfd> wait, int milliseconds)
    {
        if (signals is null)
            return Sys.Poll(wait, milliseconds);
        Span<pollfd> all = stackalloc pollfd[wait.Length + 1];
        wait.CopyTo(all);
        all[^1] = new pollfd { fd = signals.Number, events = POLLIN };
        int ready = Sys.Poll(all, milliseconds);
        if (all[^1].revents != 0)
            End();
        all[..^1].CopyTo(wait);
        return ready;
    }

    /// <summary>Waits for the given time, or until the command is asked to end.</summary>
    public static void Sleep(int milliseconds) => Poll([], milliseconds);

    /// <summary>Call after the descriptor was found readable.</summary>
    /// <exception cref="ContainerException">The command was asked to end.</exception>
    public static unsafe void End()
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        if (signals is null || Sys.TryRead(signals, buffer, "signalfd") != buffer.Length)
            return;
        int signal = BitConverter.ToInt32(buffer);
        Disable();
        throw new ContainerException(ErrorCode.Interrupted, "interrupted by " + Signals.Describe(signal)) { ExitCode = 128 + signal };
    }
}
