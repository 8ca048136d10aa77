using System;
using System.Runtime.InteropServices;

namespace SharpRunc.Linux;

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
