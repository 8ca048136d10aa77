using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace SharpRunc.Conformance;

/// <summary>Mounts of this process's namespace.</summary>
internal static class Mounts
{
    private const int Detach = 2;
    private const ulong Bind = 4096, Recursive = 16384, Private = 1 << 18, Shared = 1 << 20;

    /// <summary>Those whose line of mountinfo names the directory.</summary>
    public static List<string> Below(string directory)
    {
        List<string> points = [];
        foreach (string line in File.ReadAllLines("/proc/self/mountinfo"))
            if (line.Split(' ')[4] is { } point && (point == directory || point.StartsWith(directory + "/", StringComparison.Ordinal)))
                points.Add(point);
        return points;
    }

    public static void Unmount(string directory)
    {
        List<string> points = Below(directory);
        points.Reverse();
        foreach (string point in points)
            _ = umount2(point, Detach);
    }

    /// <summary>A mount of its own whose mounts below propagate.</summary>
    public static void Share(string directory)
    {
        Make(directory, directory, null, Bind);
        Make("none", directory, null, Private | Recursive);
        Make("none", directory, null, Shared);
    }

    public static void Tmpfs(string directory) => Make("tmpfs", directory, "tmpfs", 0);

    private static void Make(string source, string target, string? type, ulong flags)
    {
        if (mount(source, target, type, flags, null) != 0)
            throw new Skipped($"mount {target} is refused here: errno {Marshal.GetLastSystemError()}");
    }

    [DllImport("libc")]
    private static extern int umount2([MarshalAs(UnmanagedType.LPUTF8Str)] string target, int flags);

    [DllImport("libc")]
    private static extern int mount([MarshalAs(UnmanagedType.LPUTF8Str)] string source, [MarshalAs(UnmanagedType.LPUTF8Str)] string target,
        [MarshalAs(UnmanagedType.LPUTF8Str)] string? type, ulong flags, [MarshalAs(UnmanagedType.LPUTF8Str)] string? data);
}
