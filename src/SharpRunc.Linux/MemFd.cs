using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>A file in memory: a hook's standard input, or the store for its output.</summary>
internal static unsafe class MemFd
{
    /// <summary>A file with this content, positioned at its start.</summary>
    public static Fd Holding(string name, ReadOnlySpan<byte> content)
    {
        Fd file = Sys.MemfdCreate(name, 1 /* MFD_CLOEXEC */);
        Sys.Write(file, content, name);
        Sys.Seek(file, 0);
        return file;
    }
}

internal static unsafe partial class Sys
{
    /// <param name="flags">MFD_CLOEXEC 1, MFD_ALLOW_SEALING 2.</param>
    public static Fd MemfdCreate(string name, int flags)
    {
        fixed (byte* p = CString(name))
            return Fd.Own(Call("memfd_create", name, SYS_memfd_create, (nint)p, flags));
    }

    /// <summary>The current file offset; a negative errno if there is none.</summary>
    public static long TryTell(Fd file) => Try("lseek", null, SYS_lseek, file.Number, 0, 1 /* SEEK_CUR */);

    /// <returns>The new offset, or a negative errno.</returns>
    public static long TrySeek(Fd file, long offset) => Try("lseek", null, SYS_lseek, file.Number, (nint)offset, 0);

    public static void Seek(Fd file, long offset) => Call("lseek", null, SYS_lseek, file.Number, (nint)offset, 0);
}
