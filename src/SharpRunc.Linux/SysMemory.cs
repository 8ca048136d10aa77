using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Address space.
internal static unsafe partial class Sys
{
    /// <summary>Bytes read, or a negative errno.</summary>
    public static nint TryPread(Fd file, byte* into, nint length, long offset) => Try("pread64", null, SYS_pread64, file.Number, (nint)into, length, (nint)offset);

    /// <summary>Maps a piece of a file over what is at the address.</summary>
    public static bool TryMapFile(long address, long length, int protection, Fd file, long offset)
        => Map(address, length, protection, MAP_PRIVATE | MAP_FIXED, file.Number, offset) == address;

    /// <summary>Replaces pages by anonymous ones with the same content, in one step.</summary>
    public static bool TryMovePages(long address, long length, int protection)
    {
        long copy = Map(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        if (copy == -1)
            return false;
        new ReadOnlySpan<byte>((void*)address, (int)length).CopyTo(new Span<byte>((void*)copy, (int)length));
        if (syscall(SYS_mprotect, (nint)copy, (nint)length, protection) == 0
            && syscall(SYS_mremap, (nint)copy, (nint)length, (nint)length, MREMAP_MAYMOVE | MREMAP_FIXED, (nint)address) == address)
            return true;
        syscall(SYS_munmap, (nint)copy, (nint)length);
        return false;
    }

    /// <summary>brk(2): where the heap ends.</summary>
    public static ulong Brk() => (ulong)syscall(SYS_brk);

    private static long Map(long address, long length, int protection, int flags, int file, long offset)
        => syscall(SYS_mmap, (nint)address, (nint)length, protection, flags, file, (nint)offset);
}
