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

    /// <summary>Above all that the kernel gives to a program.</summary>
    private const long EndOfAddresses = 1L << 48;

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
        ReadOnlySpan<elf64_phdr> headers = Headers(out ulong moved);
        for (int i = 0; i < headers.Length; i++)
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

    /// <summary>
    /// All of the address space but the binary, this thread's control block (where errno is) and what is kept: at most two ranges more than
    /// are kept.
    /// </summary>
    /// <returns>How many ranges.</returns>
    public static int PagesWithout(IReadOnlyList<PageRange> kept, PageRange* into)
    {
        Span<PageRange> all = stackalloc PageRange[kept.Count + 2];
        int length = 0;
        for (int i = 0; i < kept.Count; i++)
            Insert(all, length++, kept[i]);
        Insert(all, length++, Image(out nint threadLocal));
        Insert(all, length++, ControlBlock(threadLocal));
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

    /// <summary>By address; they are few.</summary>
    private static void Insert(Span<PageRange> sorted, int length, PageRange range)
    {
        int at = length;
        for (; at > 0 && sorted[at - 1].Start > range.Start; at--)
            sorted[at] = sorted[at - 1];
        sorted[at] = range;
    }

    /// <summary>Overwrites a text in the pages around the control block, where a static C library keeps what it has read before main.</summary>
    public static void EraseBesideControlBlock(ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
            return;
        Image(out nint threadLocal);
        PageRange kept = ControlBlock(threadLocal);
        nint start = kept.Start, end = kept.Start + kept.Length, page = (nint)PageSize;
        while (start < end && !IsMapped(start))
            start += page;
        while (start < end && !IsMapped(end - page))
            end -= page;
        Span<byte> bytes = new((void*)start, (int)(end - start));
        for (int at = bytes.IndexOf(text); at >= 0; at = bytes.IndexOf(text))
            bytes.Slice(at, text.Length).Clear();
    }

    private static bool IsMapped(nint page)
    {
        byte resident;
        return syscall(SYS_mincore, page, (nint)PageSize, (nint)(&resident)) == 0;
    }

    /// <summary>Zeroed, for reading and writing.</summary>
    public static byte* NewPages(int length)
    {
        long pages = Map(0, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        return pages == -1 ? throw new SysException("mmap", null, errno) : (byte*)pages;
    }

    /// <param name="threadLocal">Bytes of the binary's variables that each thread has its own of.</param>
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
        return Whole(start, end);
    }

    /// <summary>It holds the thread's number and errno, and lies behind or before those of its variables that are the binary's.</summary>
    private static PageRange ControlBlock(nint threadLocal)
    {
        nint error = (nint)__errno_location(), number = 0;
        if (syscall(SYS_prctl, PR_GET_TID_ADDRESS, (nint)(&number)) != 0 || number == 0)
            number = error;
        nint around = threadLocal + (nint)PageSize / 2;
        return Whole(Math.Min(error, number) - around, Math.Max(error, number) + around);
    }

    /// <summary>The page that an address is in.</summary>
    public static nint PageOf(nint address) => address & ~((nint)PageSize - 1);

    public static PageRange PagesFrom(nint start) => new(start, (nint)(EndOfAddresses - start));

    private static PageRange Whole(nint start, nint end)
    {
        nint first = start & ~((nint)PageSize - 1);
        return new(first, (end - first + (nint)PageSize - 1) & ~((nint)PageSize - 1));
    }

    /// <summary>Of the binary that runs.</summary>
    /// <param name="moved">A position independent program is not where it says.</param>
    private static ReadOnlySpan<elf64_phdr> Headers(out ulong moved)
    {
        ReadOnlySpan<elf64_phdr> headers = new((void*)getauxval(AT_PHDR), (int)getauxval(AT_PHNUM));
        moved = 0;
        foreach (elf64_phdr header in headers)
            if (header.p_type == PT_LOAD && header.p_offset == 0) // the headers are in the file's first page; a static-pie has no PT_PHDR
                moved = ((ulong)getauxval(AT_PHDR) & ~(PageSize - 1)) - header.p_vaddr;
        return headers;
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
