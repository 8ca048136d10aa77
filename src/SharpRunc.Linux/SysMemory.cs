using System;
using System.Collections.Generic;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A range of the address space, in bytes.</summary>
internal readonly record struct PageRange(nint Start, nint Length);

// Address space.
internal static unsafe partial class Sys
{
    /// <summary>Above all addresses that the kernel gives to a program.</summary>
    private const long EndOfAddresses = 1L << 48;

    /// <summary>Maps a part of a file over what is at the address.</summary>
    public static bool TryMapFile(long address, long length, int protection, Fd file, long offset)
        => Map(address, length, protection, MAP_PRIVATE | MAP_FIXED, file.Number, offset) == address;

    /// <summary>Replaces pages atomically by anonymous ones with the same content.</summary>
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
    /// Pages of the program that are still backed by its file and cannot be written to: they can be dropped and are read again from the
    /// file. Code is never written to, but the language runtime patches a page of the read-only data, which pagemap shows.
    /// </summary>
    /// <param name="pagemap">/proc/self/pagemap, opened while /proc was the host's; null: code only.</param>
    public static List<PageRange> CleanPages(Fd? pagemap)
    {
        List<PageRange> clean = [];
        foreach (elf64_phdr header in Headers(out ulong moved))
        {
            if (header.p_type != PT_LOAD || (header.p_flags & PF_W) != 0)
                continue;
            // Only the pages that lie in the segment as a whole.
            ulong segment = header.p_vaddr + moved;
            ulong page = (ulong)PageSize, start = (segment + page - 1) & ~(page - 1);
            ulong end = (segment + header.p_memsz) & ~(page - 1);
            if (end <= start)
                continue;
            if ((header.p_flags & PF_X) != 0)
                clean.Add(new((nint)start, (nint)(end - start)));
            else
                AddUnwritten(clean, start, end, pagemap);
        }
        return clean;
    }

    /// <summary>
    /// The whole address space except the binary, this thread's control block (which holds errno) and the ranges to keep: at most two more
    /// ranges than are kept.
    /// </summary>
    /// <returns>The number of ranges.</returns>
    public static int PagesWithout(IReadOnlyList<PageRange> kept, PageRange* into)
    {
        Span<PageRange> all = stackalloc PageRange[kept.Count + 2];
        for (int i = 0; i < kept.Count; i++)
            Insert(all, i, kept[i]);
        Insert(all, kept.Count, Image(out nint threadLocal));
        Insert(all, kept.Count + 1, ControlBlock(threadLocal));
        int count = 0;
        nint from = 0;
        foreach (PageRange range in all)
        {
            if (range.Start > from)
                into[count++] = new(from, range.Start - from);
            from = Math.Max(from, range.Start + range.Length);
        }
        into[count++] = new(from, (nint)(EndOfAddresses - from));
        return count;
    }

    /// <summary>Inserts in address order; there are only a few.</summary>
    private static void Insert(Span<PageRange> sorted, int length, PageRange range)
    {
        int at = length;
        for (; at > 0 && sorted[at - 1].Start > range.Start; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = range;
    }

    /// <summary>A shorter text says little, and could be part of a number.</summary>
    private const int ShortestErased = 8;

    /// <summary>
    /// Overwrites a string in the pages around the control block, where a static C library keeps strings that it read before main.
    /// </summary>
    public static void EraseBesideControlBlock(ReadOnlySpan<byte> text)
    {
        if (text.Length < ShortestErased)
            return;
        Image(out nint threadLocal);
        nint around = threadLocal + (nint)PageSize / 2, error = (nint)__errno_location();
        PageRange kept = WholePages(error - around, error + around);
        nint start = kept.Start, end = kept.Start + kept.Length, page = (nint)PageSize;
        while (start < end && !IsMapped(start))
            start += page;
        while (end - page > start && !IsMapped(end - page))
            end -= page;
        Span<byte> bytes = new((void*)start, (int)(end - start));
        byte[] ended = [.. text, 0];
        for (int at = bytes.IndexOf(ended); at >= 0; at = bytes.IndexOf(ended))
            bytes.Slice(at, text.Length).Clear();
    }

    private static bool IsMapped(nint page)
    {
        byte resident;
        return syscall(SYS_mincore, page, PageSize, (nint)(&resident)) == 0;
    }

    /// <summary>Zeroed, readable and writable.</summary>
    public static byte* NewPages(int length)
    {
        long pages = Map(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return pages == -1 ? throw new SysException("mmap", null, errno) : (byte*)pages;
    }

    /// <summary>As <see cref="NewPages"/>, shared with the processes that are cloned from here on, until they execute a program.</summary>
    public static byte* NewSharedPages(int length)
    {
        long pages = Map(0, length, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        return pages == -1 ? throw new SysException("mmap", null, errno) : (byte*)pages;
    }

    public static void Unmap(byte* pages, int length) => syscall(SYS_munmap, (nint)pages, length);

    /// <param name="threadLocal">The size in bytes of the binary's thread-local variables.</param>
    private static PageRange Image(out nint threadLocal)
    {
        nint start = nint.MaxValue, end = 0;
        threadLocal = 0;
        foreach (elf64_phdr header in Headers(out ulong moved))
        {
            if (header.p_type == PT_TLS)
                threadLocal = (nint)header.p_memsz;
            if (header.p_type != PT_LOAD)
                continue;
            start = Math.Min(start, (nint)(header.p_vaddr + moved));
            end = Math.Max(end, (nint)(header.p_vaddr + header.p_memsz + moved));
        }
        return WholePages(start, end);
    }

    /// <summary>
    /// The block holds the thread's id and errno, and is adjacent to the thread's copy of the binary's thread-local variables.
    /// </summary>
    private static PageRange ControlBlock(nint threadLocal)
    {
        nint error = (nint)__errno_location(), number = 0;
        if (syscall(SYS_prctl, PR_GET_TID_ADDRESS, (nint)(&number)) != 0 || number == 0)
            number = error;
        nint around = threadLocal + (nint)PageSize / 2;
        return WholePages(Math.Min(error, number) - around, Math.Max(error, number) + around);
    }

    /// <summary>The page that contains an address.</summary>
    public static nint PageOf(nint address) => address & ~(PageSize - 1);

    public static PageRange PagesFrom(nint start) => new(start, (nint)(EndOfAddresses - start));

    private static PageRange WholePages(nint start, nint end)
    {
        nint first = start & ~(PageSize - 1);
        return new(first, (end - first + PageSize - 1) & ~(PageSize - 1));
    }

    /// <summary>The program headers of the running binary.</summary>
    /// <param name="moved">The load offset of a position-independent program.</param>
    private static ReadOnlySpan<elf64_phdr> Headers(out ulong moved)
    {
        ReadOnlySpan<elf64_phdr> headers = new((void*)getauxval(AT_PHDR), (int)getauxval(AT_PHNUM));
        moved = 0;
        foreach (elf64_phdr header in headers)
            if (header.p_type == PT_LOAD && header.p_offset == 0) // the headers are in the file's first page; a static-pie has no PT_PHDR
                moved = ((ulong)getauxval(AT_PHDR) & ~(ulong)(PageSize - 1)) - header.p_vaddr;
        return headers;
    }

    private static void AddUnwritten(List<PageRange> clean, ulong start, ulong end, Fd? pagemap)
    {
        if (pagemap is null)
            return;
        ulong page = (ulong)PageSize;
        ulong[] pages = new ulong[(end - start) / page];
        int size = pages.Length * sizeof(ulong);
        long offset = (long)(start / page * sizeof(ulong));
        fixed (ulong* p = pages)
            if (TryPread(pagemap, (byte*)p, size, offset) != size)
                return;
        int from = 0;
        while (from < pages.Length)
        {
            bool written = IsPrivatePage(pages[from]);
            int to = from + 1;
            while (to < pages.Length && IsPrivatePage(pages[to]) == written)
                to++;
            if (!written)
                clean.Add(new((nint)(start + (ulong)from * page), (nint)((ulong)(to - from) * page)));
            from = to;
        }
    }

    /// <summary>proc_pid_pagemap(5): bit 61 is a page of the file, 62 swapped, 63 present.</summary>
    public static bool IsPrivatePage(ulong entry) => (entry >> 62 & 1) != 0 || (entry >> 63 & 1) != 0 && (entry >> 61 & 1) == 0;

    /// <summary>brk(2): the end of the heap.</summary>
    public static ulong Brk() => (ulong)syscall(SYS_brk);

    private static long Map(long address, long length, int protection, int flags, int file, long offset)
        => syscall(SYS_mmap, (nint)address, (nint)length, protection, flags, file, (nint)offset);
}
