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

    /// <summary>Whether a native call passes, be it with a line in the kernel's log.</summary>
    /// <param name="arguments">The first of them; what is left out, a pointer as a rule, is 0.</param>
    public bool Passes(nint syscall, params ReadOnlySpan<ulong> arguments)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(data, (int)syscall);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], Architecture.Native.Audit);
        for (int i = 0; i < arguments.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + 8 * i)..], arguments[i]);
        return Simulator.Run(MemoryMarshal.Cast<byte, Instruction>(Instructions), data, out _) is SECCOMP_RET_ALLOW or SECCOMP_RET_LOG;
    }
}
