using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

/// <summary>
/// Names that a container can make as many of as it likes, last in, first out. They lie outside the heap, which has a limit: a name takes a small part
/// of what the kernel keeps for the directory that has it.
/// </summary>
internal sealed unsafe class NativeNames : IDisposable
{
    private const int FirstCapacity = 512;

    private byte* bytes; // each name, and behind it its length in two bytes
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
