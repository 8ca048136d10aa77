using System;
using System.Runtime.CompilerServices;
using System.Text;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The only interface to the kernel. Each method is named after its call and throws <see cref="SysException"/>. Calls whose failure is an
/// expected result are named Try… and return a <see cref="SysError"/>, or null and one.
/// </summary>
internal static unsafe partial class Sys
{
    /// <summary>
    /// Receives every call (its name and subject) before it is made, and can return an errno to inject, or 0. Null in production; tests use
    /// it to trace, count, inject faults and attack.
    /// </summary>
    public static Func<string, string?, int>? Probe;

    /// <summary>
    /// Receives every call after it was made: its name and subject, when it began (<see cref="MonotonicNanoseconds"/>), and what it
    /// returned, or a negative errno. Null unless calls are timed.
    /// </summary>
    public static delegate*<string, string?, long, nint, void> Timed;

    /// <summary>Makes the call; throws on failure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Call(string name, string? subject, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        nint result = Try(name, subject, number, a, b, c, d, e);
        return result >= 0 ? result : throw ErrorOf(name, subject, result).ToException();
    }

    /// <summary>Makes a call that returns nothing but its error.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static SysError Attempt(
        string name, string? subject, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
        => ErrorOf(name, subject, Try(name, subject, number, a, b, c, d, e));

    /// <summary>Makes a call that returns a number; −1 and the error on failure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static nint Attempt(
        string name, string? subject, out SysError error, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        nint result = Try(name, subject, number, a, b, c, d, e);
        error = ErrorOf(name, subject, result);
        return error.Failed ? -1 : result;
    }

    /// <summary>Makes a call that returns a descriptor; null and the error on failure.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Fd? TryOpen(
        string name, string? subject, out SysError error, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0)
    {
        nint result = Try(name, subject, number, a, b, c, d);
        error = ErrorOf(name, subject, result);
        return error.Failed ? null : Fd.Own(result);
    }

    /// <summary>
    /// Makes the call; returns a negative errno on failure. A call interrupted by a signal is repeated: signals are all blocked or ours.
    /// </summary>
    private static nint Try(string name, string? subject, nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0)
    {
        int injected = Probe?.Invoke(name, subject) ?? 0;
        if (injected != 0)
            return -injected;
        long began = Timed == null ? 0 : MonotonicNanoseconds();
        nint result;
        do
            result = syscall(number, a, b, c, d, e);
        while (result == -1 && errno == EINTR);
        if (result == -1)
            result = -errno;
        if (began != 0 && Timed != null)
            Timed(name, subject, began, result);
        return result;
    }

    /// <param name="result">As <see cref="Try"/> returns it.</param>
    private static SysError ErrorOf(string name, string? subject, nint result) => result >= 0 ? default : new(name, subject, (int)-result);

    /// <summary>
    /// The string in the kernel's format: its bytes (<see cref="KernelText"/>) and a terminating NUL. A NUL inside has been refused when
    /// the config was read.
    /// </summary>
    public static byte[] CString(string text)
    {
        byte[] bytes = new byte[Encoding.UTF8.GetMaxByteCount(text.Length) + 1];
        KernelText.Encode(text, bytes);
        return bytes;
    }
}
