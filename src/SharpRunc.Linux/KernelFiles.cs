using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>
/// Files that the kernel makes up. They are regular files by their type, but to open or read one can take something away (kmsg, trace_pipe), wait,
/// have no end, or tell root what it tells nobody else.
/// </summary>
internal static class KernelFiles
{
    /// <summary>statfs(2): proc, sysfs and whatever lies on them, and those that programs mount to talk with the kernel.</summary>
    private static ReadOnlySpan<long> Types =>
    [
        PROC_SUPER_MAGIC, SYSFS_MAGIC, DEVPTS_SUPER_MAGIC, PIPEFS_MAGIC, SELINUX_MAGIC, CGROUP2_SUPER_MAGIC,
        0x27e0eb /* cgroup */, 0x64626720 /* debugfs */, 0x74726163 /* tracefs */, 0x73636673 /* securityfs */, 0xcafe4a11 /* bpf */,
        0x62656570 /* configfs */, 0xde5e81e4 /* efivarfs */, 0x6165676c /* pstore */, 0x65735543 /* fusectl */, 0x42494e4d /* binfmt_misc */,
        0x43415d53 /* smackfs */, 0x5a3c69f0 /* apparmorfs */, 0x6e736673 /* nsfs */, 0x7655821 /* resctrl */, 0x19800202 /* mqueue */,
        0x67596969 /* rpc_pipefs */, 0x6e667364 /* nfsd */, 0xabba1974 /* xenfs */, 0x09041934 /* anonymous */, 0x50494446 /* pidfs */,
        0x6c6f6f70 /* binderfs */, 0x9fa1 /* openpromfs */, 0x9fa2 /* usbfs */, 0x76a9f425 /* dlmfs */, 0x187 /* autofs */,
    ];

    /// <param name="file">May be an O_PATH descriptor: what is one of these is not opened to find out.</param>
    public static bool Has(Fd file) => Types.Contains(Sys.Fstatfs(file).f_type);
}
