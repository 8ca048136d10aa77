using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Runtime.InteropServices;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A compiled profile, ready for seccomp(SECCOMP_SET_MODE_FILTER).</summary>
/// <param name="Instructions">struct sock_filter[], 8 bytes each.</param>
/// <param name="Flags">SECCOMP_FILTER_FLAG_….</param>
/// <param name="Warnings">Parts of the profile that were skipped: names that no architecture knows.</param>
internal sealed record SeccompProgram(byte[] Instructions, uint Flags, IReadOnlyList<string> Warnings)
{
    /// <summary>For <c>sock_fprog.len</c>.</summary>
    public int Count => Instructions.Length / 8;

    /// <summary>Whether an outside agent decides on some calls.</summary>
    public bool Notifies => (Flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) != 0;

    /// <summary>The flags, then the instructions: the format that <see cref="Deserialize"/> reads.</summary>
    public byte[] Serialize()
    {
        byte[] bytes = new byte[sizeof(uint) + Instructions.Length];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, Flags);
        Instructions.CopyTo(bytes, sizeof(uint));
        return bytes;
    }

    public static SeccompProgram Deserialize(ReadOnlySpan<byte> bytes)
        => new(bytes[sizeof(uint)..].ToArray(), BinaryPrimitives.ReadUInt32LittleEndian(bytes), []);

    /// <summary>Returns a program that refuses every call.</summary>
    public static SeccompProgram Refusing(int errno)
        => new([.. MemoryMarshal.AsBytes<Instruction>([new(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ERRNO | (uint)errno)])], 0, []);

    /// <summary>
    /// Returns the program for loading after a filter that has the listener: it must allow the calls that the listener decides.
    /// </summary>
    public SeccompProgram WithoutListener()
    {
        byte[] instructions = [.. Instructions];
        foreach (ref Instruction instruction in MemoryMarshal.Cast<byte, Instruction>(instructions.AsSpan()))
            if (instruction is { Code: BPF_RET | BPF_K, K: SECCOMP_RET_USER_NOTIF })
                instruction = instruction with { K = SECCOMP_RET_ALLOW };
        return new(instructions, Flags & ~(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV), Warnings);
    }

    /// <summary>The same program, except that the given native calls always pass.</summary>
    /// <returns>null if it would exceed the kernel's limit.</returns>
    public SeccompProgram? Admitting(IReadOnlyList<AdmittedCall> calls)
    {
        List<Instruction> prologue = [];
        foreach (AdmittedCall call in calls)
            call.Append(prologue);
        prologue.InsertRange(0, [Load(4), new(BPF_JMP | BPF_JEQ | BPF_K, 0, checked((byte)prologue.Count), Architecture.Native.Audit)]);
        if (prologue.Count + Count > BPF_MAXINSNS)
            return null;
        byte[] instructions = [.. MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(prologue)), .. Instructions];
        return new(instructions, Flags, []);
    }

    /// <summary>A = the 32-bit word at this offset of struct seccomp_data.</summary>
    public static Instruction Load(uint offset) => new(BPF_LD | BPF_W | BPF_ABS, 0, 0, offset);

    /// <summary>Whether a native call passes, even if the kernel logs it.</summary>
    /// <param name="arguments">The leading arguments; the others, usually pointers, are 0.</param>
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

/// <summary>linux.seccomp.flags as SECCOMP_FILTER_FLAG_….</summary>
internal static class SeccompFlags
{
    /// <summary>All flags that a filter may be loaded with.</summary>
    public static (uint Flag, string Name)[] Names =>
    [
        (SECCOMP_FILTER_FLAG_LOG, "SECCOMP_FILTER_FLAG_LOG"),
        (SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
        (SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
        (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
    ];

    public static uint From(Spec.Seccomp profile)
    {
        // Unset: as in runc, which spares containers the speculation mitigation; every kernel since 4.17 has the flag.
        uint listener = SeccompListener.IsWanted(profile) ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
        if (profile.Flags is null)
            return listener | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        uint flags = listener;
        for (int i = 0; i < profile.Flags.Length; i++)
            flags |= profile.Flags[i] switch
            {
                // Accepted but not set: the thread that loads the filter is the only one.
                "SECCOMP_FILTER_FLAG_TSYNC" => 0,
                "SECCOMP_FILTER_FLAG_LOG" => SECCOMP_FILTER_FLAG_LOG,
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" when listener != 0 => SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => throw Refused(profile.Flags[i], "is only for profiles with SCMP_ACT_NOTIFY", i),
                _ => throw Refused(profile.Flags[i], "is unknown", i),
            };
        return flags;
    }

    private static ContainerException Refused(string flag, string why, int index)
        => new(ErrorCode.SeccompProfile, $"seccomp: flag {flag} {why}") { Pointer = $"/linux/seccomp/flags/{index}" };
}

/// <summary>A native call that is allowed whatever a profile says about it.</summary>
/// <param name="Number">SYS_….</param>
/// <param name="Argument">Index of the one argument that is checked; −1: none.</param>
/// <param name="Value">The value that this argument must have.</param>
internal readonly record struct AdmittedCall(nint Number, int Argument = -1, ulong Value = 0)
{
    /// <summary>Appends the check; if the call does not match, the program continues after the last of these instructions.</summary>
    public void Append(List<Instruction> program)
    {
        program.Add(SeccompProgram.Load(0));
        program.Add(SkipUnless((uint)Number, Argument < 0 ? 1 : 5));
        if (Argument >= 0)
        {
            uint offset = 16 + 8 * (uint)Argument;
            program.Add(SeccompProgram.Load(offset));
            program.Add(SkipUnless((uint)Value, 3));
            program.Add(SeccompProgram.Load(offset + 4));
            program.Add(SkipUnless((uint)(Value >> 32), 1));
        }
        program.Add(new(BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW));
    }

    private static Instruction SkipUnless(uint value, int instructions) => new(BPF_JMP | BPF_JEQ | BPF_K, 0, (byte)instructions, value);
}
