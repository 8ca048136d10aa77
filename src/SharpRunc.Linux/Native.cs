using System;
using System.Collections.Generic;

namespace SharpRunc.Linux;

/// <summary>
/// Memory that the garbage collector does not know, handed out from pages of its own and never given back: what code without a runtime
/// needs lies in these pages and nowhere else, so that a child can be left with them alone.
/// </summary>
internal static unsafe class Native
{
    private const int ChunkSize = 256 * 1024, Alignment = 16;

    private static List<PageRange>? chunks;
    private static byte* next;
    private static int left;

    /// <summary>The pages that were handed out since <see cref="Begin"/>.</summary>
    public static IReadOnlyList<PageRange> Chunks => chunks ?? [];

    /// <summary>What follows lies in pages of its own, apart from all that came before.</summary>
    public static void Begin()
    {
        chunks = [];
        left = 0;
    }

    /// <summary>All zero.</summary>
    public static byte* Take(int length)
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
        byte* copy = Take(bytes.Length);
        bytes.CopyTo(new Span<byte>(copy, bytes.Length));
        return copy;
    }

    /// <summary>With a NUL behind.</summary>
    public static byte* String(string text)
    {
        int length = KernelText.Length(text);
        byte* copy = Take(length + 1);
        KernelText.Encode(text, new Span<byte>(copy, length));
        copy[length] = 0;
        return copy;
    }

    /// <summary>An array with null behind, as execve(2) reads it.</summary>
    public static byte** Strings(IReadOnlyList<string> texts)
    {
        byte** copy = (byte**)Take((texts.Count + 1) * sizeof(byte*));
        for (int i = 0; i < texts.Count; i++)
            copy[i] = String(texts[i]);
        copy[texts.Count] = null;
        return copy;
    }
}
