using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// unistd.h, sys/resource.h. The package's functions save errno for .NET, which is not up yet where these are called.
internal static unsafe partial class Libc
{
    /// <summary>environ(7), which is a variable: the native part of .NET has a function that returns its address.</summary>
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    public static extern byte** environ();

    // For code that runs before .NET is up: calls without .NET's bookkeeping.
    [DllImport("libc"), SuppressGCTransition]
    public static extern nint write(int fd, byte* bytes, nint count);

    [DllImport("libc"), SuppressGCTransition]
    public static extern int getrlimit(int resource, rlimit64* limit);

    /// <summary>The program's original main, as the linker's --wrap=main makes it callable.</summary>
    [DllImport("libc", EntryPoint = "__real_main"), SuppressGCTransition]
    public static extern int c_main(int argc, byte** argv);
}
