using System.Collections.Generic;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

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
