using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// unistd.h. The package's syscall also saves errno for .NET, and the last mile runs without .NET. Sys makes most of its calls by this one.
internal static unsafe partial class Libc
{
    /// <summary>syscall(2): −1 and errno on failure.</summary>
    [DllImport("libc")]
    public static extern nint syscall(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0);
}
