using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Benchmarks;

/// <summary>Ctrl-C and SIGTERM end the measurement where its containers can be removed: before the next command.</summary>
internal sealed class Interruption : IDisposable
{
    private static volatile bool asked;

    private readonly PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Ask),
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Ask);

    public static void ThrowIfAsked()
    {
        if (asked)
            throw new OperationCanceledException("interrupted; everything was removed");
    }

    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
    }

    private static void Ask(PosixSignalContext context)
    {
        context.Cancel = true;
        asked = true;
    }
}
