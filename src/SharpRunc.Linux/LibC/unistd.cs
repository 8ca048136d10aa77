using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

// unistd.h
internal static unsafe partial class Libc
{
    /// <summary>environ(7), which is data: .NET's own native part has the function that tells where it is.</summary>
    [DllImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    public static extern byte** environ();
}
