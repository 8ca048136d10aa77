using System;
using System.Text;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>
/// The one door to the kernel. Each method has the call's own name and throws <see cref="SysException"/>; the few whose
/// failure is an ordinary answer are named Try… and return a negative errno instead.
/// </summary>
internal static unsafe partial class Sys
{
    /// <summary>
    /// Sees every call (its name and subject) before it is made, and may answer with an errno to inject, or 0. Null in
    /// production; tests trace, count, inject faults and attack here.
    /// </summary>
    internal static Func<string, string?, int>? Probe;

    /// <summary>Makes the call; a failure throws.</summary>
    private static nint Call(string name, string? subject, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        nint result = Try(name, subject, number, a, b, c, d, e);
        return result >= 0 ? result : throw new SysException(name, subject, (int)-result);
    }

    /// <summary>Makes the call; a failure is a negative errno. A signal never ends one early: they are all blocked or ours.</summary>
    private static nint Try(string name, string? subject, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        if (Probe is { } probe && probe(name, subject) is var injected and not 0)
            return -injected;
        nint result;
        do
            result = syscall(number, a, b, c, d, e);
        while (result == -1 && errno == EINTR);
        return result == -1 ? -errno : result;
    }

    /// <summary>The string as the kernel reads it: its bytes (<see cref="KernelText"/>) with a NUL behind. A NUL inside was refused at the config's edge.</summary>
    internal static byte[] CString(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length) + 1];
        KernelText.Encode(text, bytes);
        return bytes;
    }
}
