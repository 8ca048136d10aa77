using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// unistd.h, sys/resource.h
internal static unsafe partial class Libc
{
    /// <summary>environ(7), which is data: .NET's own native part has the function that tells where it is.</summary>
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    public static extern byte** environ();

    // For what runs before .NET does: calls without its bookkeeping.
    [DllImport("libc"), SuppressGCTransition]
    public static extern nint write(int fd, byte* bytes, nint count);

    [DllImport("libc"), SuppressGCTransition]
    public static extern int getrlimit(int resource, rlimit64* limit);

    /// <summary>The program's own main, as the linker's --wrap=main calls it.</summary>
    [DllImport("libc", EntryPoint = "__real_main"), SuppressGCTransition]
    public static extern int c_main(int argc, byte** argv);
}
