using System;
using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a program says to a system call.</summary>
internal static class Verdict
{
    public static uint Of(SeccompProgram program, uint audit, uint number, params ulong[] args)
        => Of(Parse(program.Instructions), audit, number, args);

    public static uint Of(ReadOnlySpan<Instruction> program, uint audit, uint number, ReadOnlySpan<ulong> args)
        => Of(program, audit, number, args, out _);

    /// <param name="executed">How many instructions ran.</param>
    public static uint Of(ReadOnlySpan<Instruction> program, uint audit, uint number, ReadOnlySpan<ulong> args, out int executed)
    {
        Span<byte> data = stackalloc byte[64];
        data.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(data, number);
        BinaryPrimitives.WriteUInt32LittleEndian(data[4..], audit);
        for (int i = 0; i < args.Length; i++)
            BinaryPrimitives.WriteUInt64LittleEndian(data[(16 + i * 8)..], args[i]);
        return Simulator.Run(program, data, out executed);
    }

    /// <param name="number">With the architecture's base.</param>
    /// <remarks>Programs for the other byte order compare words as its machines load them: in place, high ones first.</remarks>
    public static uint Of(ReadOnlySpan<Instruction> program, Core.Seccomp.Architecture architecture, uint number, ReadOnlySpan<ulong> args)
    {
        Span<ulong> words = stackalloc ulong[6];
        for (int i = 0; i < args.Length; i++)
            words[i] = architecture.IsBigEndian ? BitOperations.RotateLeft(args[i], 32) : args[i];
        return Of(program, architecture.Audit, number, words);
    }

    public static Instruction[] Parse(byte[] bytes) => MemoryMarshal.Cast<byte, Instruction>(bytes).ToArray();

    public static byte[] Bytes(Instruction[] program) => MemoryMarshal.AsBytes(program.AsSpan()).ToArray();

    public static uint Errno(int errno) => SECCOMP_RET_ERRNO | (uint)errno;
}
