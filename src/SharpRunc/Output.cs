using System;
using SharpRunc.Core;
using SharpRunc.Linux;

namespace SharpRunc;

/// <summary>The program's stdout and stderr, without System.Console and its signal thread.</summary>
internal static class Output
{
    // Never disposed: they belong to the caller.
    private static readonly Fd Stdout = Fd.Borrow(1);
    private static readonly Fd Stderr = Fd.Borrow(2);

    /// <summary>Writes text of any origin, escaping what a terminal would interpret. Returns success, for the end of a command.</summary>
    public static int Write(string text) => Write(KernelText.Encode(TerminalText.Escape(text)));

    public static int Write(ReadOnlySpan<byte> text)
    {
        Sys.Write(Stdout, text, "stdout");
        return 0;
    }

    public static void WriteError(string text) => WriteError(KernelText.Encode(TerminalText.Escape(text)));

    /// <summary>If stderr is gone the text is lost.</summary>
    public static void WriteError(ReadOnlySpan<byte> text) => Sys.TryWrite(Stderr, text, "stderr");
}
