using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core;

/// <summary>
/// SIGHUP, SIGINT, SIGQUIT and SIGTERM while a command makes something. They are read where it waits, and nowhere else: the command undoes
/// what it has made, and ends with 128 and the signal's number. What undoes is not interrupted again.
/// </summary>
internal static class Interruption
{
    private const ulong Asking = 1UL << (SIGHUP - 1) | 1UL << (SIGINT - 1) | 1UL << (SIGQUIT - 1) | 1UL << (SIGTERM - 1);

    private static Fd? signals;

    /// <summary>What to poll beside; −1, which poll(2) passes over, where nobody listens.</summary>
    public static int Descriptor => signals?.Number ?? -1;

    /// <summary>From now on signals are read, not delivered: there is no other thread that they could go to (SharpRunc.csproj).</summary>
    public static void Heed()
    {
        Sys.SigProcMask(SIG_BLOCK, ulong.MaxValue);
        signals = Sys.SignalFd(Asking);
    }

    /// <summary>In a clone, or once signals are the process's that we wait for.</summary>
    public static void Ignore()
    {
        signals?.Dispose();
        signals = null;
    }

    /// <summary>poll(2), in which a signal ends the command.</summary>
    /// <exception cref="ContainerException">It was asked to end.</exception>
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

    /// <summary>Waits that long, or until the command is asked to end.</summary>
    public static void Sleep(int milliseconds) => Poll([], milliseconds);

    /// <summary>After the descriptor was found readable.</summary>
    /// <exception cref="ContainerException">It was asked to end.</exception>
    public static unsafe void End()
    {
        Span<byte> buffer = stackalloc byte[sizeof(signalfd_siginfo)];
        if (signals is null || Sys.TryRead(signals, buffer, "signalfd") != buffer.Length)
            return;
        int signal = BitConverter.ToInt32(buffer);
        Ignore();
        throw new ContainerException("interrupted by " + Signals.Describe(signal)) { ExitCode = 128 + signal };
    }
}
