using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using SharpRunc.Linux.Bpf;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Seccomp;

/// <summary>A compiled profile, ready for seccomp(SECCOMP_SET_MODE_FILTER).</summary>
/// <param name="Instructions">struct sock_filter[], 8 bytes each.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_….</param>
/// <param name="Warnings">Parts of the profile that were skipped: names that no architecture knows.</param>
internal sealed record SeccompProgram(byte[] Instructions, uint Flags, IReadOnlyList<string> Warnings)
{
    /// <summary>For <c>sock_fprog.len</c>.</summary>
    public int Count => Instructions.Length / 8;

    /// <summary>Someone outside decides on some calls.</summary>
    public bool Notifies => (Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    /// <summary>The flags, then the instructions: what <see cref="Deserialize"/> reads.</summary>
    public byte[] Serialize()
    {
        byte[] bytes = new byte[sizeof(uint) + Instructions.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Flags);
        Instructions.CopyTo(bytes, sizeof(uint));
        return bytes;
    }

    public static SeccompProgram Deserialize(ReadOnlySpan<byte> bytes)
        => new(bytes[sizeof(uint)..].ToArray(), BinaryPrimitives.ReadUInt32LittleEndian(bytes), []);

    /// <summary>Whether a native call with all arguments 0 passes; a profile that judges its arguments may decide otherwise on others.</summary>
    public bool Allows(nint syscall)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(data, (int)syscall);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], Architecture.Native.Audit);
        return Simulator.Run(MemoryMarshal.Cast<byte, Instruction>(Instructions), data, out _) == SECCOMP_RET_ALLOW;
    }
}
