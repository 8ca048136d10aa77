using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>Bytes of the address space.</summary>
internal readonly record struct PageRange(nint Start, nint Length);

// Address space.
internal static unsafe partial class Sys
{
    private const ulong PageSize = 4096;

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

    /// <summary>
    /// Pages of the program that still are its file's and cannot be written to: they may be dropped, and come back from the file.
    /// Code is never written to; of the read-only data the language's runtime has patched a page, which pagemap tells.
    /// </summary>
    /// <param name="pagemap">/proc/self/pagemap, opened while /proc was the host's; null: code only.</param>
    public static List<PageRange> CleanPages(Fd? pagemap)
    {
        List<PageRange> clean = [];
        elf64_phdr* headers = (elf64_phdr*)getauxval(AT_PHDR);
        int count = (int)getauxval(AT_PHNUM);
        ulong moved = 0; // a position independent program is not where it says
        for (int i = 0; i < count; i++)
            if (headers[i].p_type == PT_PHDR)
                moved = (ulong)headers - headers[i].p_vaddr;
        for (int i = 0; i < count; i++)
        {
            if (headers[i].p_type != PT_LOAD || (headers[i].p_flags & PF_W) != 0)
                continue;
            ulong start = (headers[i].p_vaddr + moved + PageSize - 1) & ~(PageSize - 1), end = (headers[i].p_vaddr + moved + headers[i].p_memsz) & ~(PageSize - 1);
            if (end <= start)
                continue;
            if ((headers[i].p_flags & PF_X) != 0)
                clean.Add(new((nint)start, (nint)(end - start)));
            else
                AddUnwritten(clean, start, end, pagemap);
        }
        return clean;
    }

    private static void AddUnwritten(List<PageRange> clean, ulong start, ulong end, Fd? pagemap)
    {
        ulong[] pages = new ulong[(end - start) / PageSize];
        if (pagemap is null)
            return;
        fixed (ulong* p = pages)
            if (TryPread(pagemap, (byte*)p, pages.Length * sizeof(ulong), (long)(start / PageSize * sizeof(ulong))) != pages.Length * sizeof(ulong))
                return;
        for (int from = 0, to; from < pages.Length; from = to)
        {
            bool written = IsPrivatePage(pages[from]);
            for (to = from + 1; to < pages.Length && IsPrivatePage(pages[to]) == written;)
                to++;
            if (!written)
                clean.Add(new((nint)(start + (ulong)from * PageSize), (nint)((ulong)(to - from) * PageSize)));
        }
    }

    /// <summary>proc_pid_pagemap(5): bit 61 a page of the file, 62 swapped, 63 present.</summary>
    public static bool IsPrivatePage(ulong entry) => (entry >> 62 & 1) != 0 || (entry >> 63 & 1) != 0 && (entry >> 61 & 1) == 0;

    /// <summary>brk(2): where the heap ends.</summary>
    public static ulong Brk() => (ulong)syscall(SYS_brk);

    private static long Map(long address, long length, int protection, int flags, int file, long offset)
        => syscall(SYS_mmap, (nint)address, (nint)length, protection, flags, file, (nint)offset);
}
