using System;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The system calls of 32-bit programs, which a 64-bit one may make as well.</summary>
internal static unsafe class I386
{
    private const int ProtRead = 1, ProtWrite = 2, ProtExec = 4, MapPrivate = 2, MapAnonymous = 0x20, Page = 4096;

    /// <summary>push rbx; mov eax, edi; mov ebx, esi; mov ecx, edx; int 0x80; pop rbx; ret</summary>
    private static ReadOnlySpan<byte> Code => [0x53, 0x89, 0xF8, 0x89, 0xF3, 0x89, 0xD1, 0xCD, 0x80, 0x5B, 0xC3];

    /// <returns>A negative errno, or the result.</returns>
    public static int Call(int number, int a, int b)
    {
        nint page = syscall(SYS_mmap, 0, Page, ProtRead | ProtWrite, MapPrivate | MapAnonymous, -1);
        Code.CopyTo(new Span<byte>((void*)page, Page));
        if (syscall(SYS_mprotect, page, Page, ProtRead | ProtExec) != 0)
            throw new SysException("mprotect", null, errno);
        int result = ((delegate* unmanaged<int, int, int, int>)page)(number, a, b);
        syscall(SYS_munmap, page, Page);
        return result;
    }
}
