using System;
using System.Collections.Generic;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

/// <summary>
/// Memory outside the garbage collector, allocated from dedicated pages and never released: everything that code without a runtime needs is
/// in these pages, so that a child can be left with nothing else.
/// </summary>
internal static unsafe class Native
{
    private const int ChunkSize = 256 * 1024, Alignment = 16;

    private static List<PageRange>? chunks;
    private static byte* next;
    private static int left;

    /// <summary>The pages allocated since <see cref="Begin"/>.</summary>
    public static IReadOnlyList<PageRange> Chunks => chunks ?? [];

    /// <summary>Starts fresh pages, separate from all earlier allocations.</summary>
    public static void Begin()
    {
        chunks = [];
        left = 0;
    }

    /// <summary>Zeroed.</summary>
    public static byte* Allocate(int length)
    {
        int size = (Math.Max(length, 1) + Alignment - 1) & -Alignment;
        if (size > left)
        {
            int whole = (size + ChunkSize - 1) / ChunkSize * ChunkSize;
            next = Sys.NewPages(whole);
            left = whole;
            (chunks ??= []).Add(new((nint)next, whole));
        }
        byte* taken = next;
        next += size;
        left -= size;
        return taken;
    }

    public static byte* Bytes(ReadOnlySpan<byte> bytes)
    {
        byte* copy = Allocate(bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    /// <summary>With a terminating NUL.</summary>
    public static byte* String(string text)
    {
        int length = KernelText.Length(text);
        byte* copy = Allocate(length + 1);
        KernelText.Encode(text, new Span<byte>(copy, length));
        copy[length] = 0;
        return copy;
    }

    /// <summary>A null-terminated array, as execve(2) expects.</summary>
    public static byte** Strings(IReadOnlyList<string> texts)
    {
        byte** copy = (byte**)Allocate((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
            copy[i] = String(texts[i]);
        copy[texts.Count] = null;
        return copy;
    }
}

/// <summary>
/// A last-in first-out list of names, of which a container can create any number. It is kept outside the heap, which is limited: a name
/// takes a small fraction of what the kernel keeps for its directory.
/// </summary>
internal sealed unsafe class NativeNames : IDisposable
{
    private const int FirstCapacity = 512;

    private byte* bytes; // each name, followed by its length in two bytes
    private nuint length, capacity;

    public bool IsEmpty => length == 0;

    public void Dispose()
    {
        NativeMemory.Free(bytes);
        bytes = null;
        length = capacity = 0;
    }

    public void Push(ReadOnlySpan<byte> name)
    {
        nuint needed = length + (nuint)name.Length + sizeof(ushort);
        if (needed > capacity)
        {
            capacity = Math.Max(Math.Max(2 * capacity, needed), FirstCapacity);
            bytes = (byte*)NativeMemory.Realloc(bytes, capacity);
        }
        name.CopyTo(new Span<byte>(bytes + length, name.Length));
        length = needed;
        MemoryMarshal.Write(new Span<byte>(bytes + length - sizeof(ushort), sizeof(ushort)), (ushort)name.Length);
    }

    public string Pop()
    {
        int size = MemoryMarshal.Read<ushort>(new ReadOnlySpan<byte>(bytes + length - sizeof(ushort), sizeof(ushort)));
        length -= (nuint)size + sizeof(ushort);
        return KernelText.Decode(new ReadOnlySpan<byte>(bytes + length, size));
    }
}
