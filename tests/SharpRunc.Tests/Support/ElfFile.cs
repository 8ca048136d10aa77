using System;
using System.IO;

namespace SharpRunc.Tests.Support;

/// <summary>elf(5): what the header of a 64-bit program says, and the kinds of its segments (PT_…).</summary>
internal sealed record ElfFile(int Type, int Machine, uint[] Segments)
{
    /// <summary>ET_EXEC: at a fixed address.</summary>
    public const int Fixed = 2;

    public const int Arm64 = 183;

    /// <summary>PT_DYNAMIC and PT_INTERP: what is loaded or relocated before the program starts.</summary>
    public const uint Dynamic = 2, Interpreter = 3;

    public static ElfFile Read(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        int headers = (int)BitConverter.ToUInt64(file, 32), size = BitConverter.ToUInt16(file, 54);
        uint[] segments = new uint[BitConverter.ToUInt16(file, 56)];
        for (int i = 0; i < segments.Length; i++)
            segments[i] = BitConverter.ToUInt32(file, headers + i * size);
        return new(BitConverter.ToUInt16(file, 16), BitConverter.ToUInt16(file, 18), segments);
    }
}
