using System;
using System.IO;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace SharpRunc.Conformance;

/// <summary>What a runtime may know, and announce, and this kernel refuses: no runtime can be told by it.</summary>
internal static unsafe class Kernel
{
    private const int SYS_open_tree = 428, SYS_mount_setattr = 442, Here = -100;
    private const uint CloneTree = 0x80001, EmptyPath = 0x1000;
    private const ulong IdMap = 0x100000;

    private static readonly (string Name, Version Since)[] Newer =
    [
        ("MPOL_PREFERRED_MANY", new Version(5, 15)),
        ("MPOL_WEIGHTED_INTERLEAVE", new Version(6, 9)),
    ];

    public static bool Has(string name) => !Array.Exists(Newer, n => n.Name == name && Environment.OSVersion.Version < n.Since);

    /// <summary>Whether the file system there can be id-mapped: tmpfs for instance only since Linux 6.3.</summary>
    /// <param name="pid">Of a process in a user namespace with mappings.</param>
    public static bool TakesIdMaps(string path, int pid)
    {
        using SafeFileHandle users = File.OpenHandle($"/proc/{pid}/ns/user");
        using SafeFileHandle tree = new(syscall(SYS_open_tree, Here, path, CloneTree, 0, 0), ownsHandle: true);
        ulong* attributes = stackalloc ulong[] { IdMap, 0, 0, (ulong)users.DangerousGetHandle() };
        return !tree.IsInvalid && syscall(SYS_mount_setattr, (int)tree.DangerousGetHandle(), "", EmptyPath, (nint)attributes, 32) == 0;
    }

    [DllImport("libc")]
    private static extern nint syscall(nint number, nint directory, [MarshalAs(UnmanagedType.LPUTF8Str)] string path, nuint flags,
        nint argument, nint size);
}
