using System;
using System.Runtime.InteropServices;
using SharpRunc.Linux.Bpf;
using Label = SharpRunc.Linux.Bpf.Assembler.Label;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Compiles linux.seccomp to classic BPF. The program switches on the architecture, then searches for the number among ranges with equal
/// decisions, then tests arguments. Numbers above the highest that the profile names are new system calls to it and get ENOSYS, so that a
/// libc falls back instead of giving up on EPERM.
/// </summary>
/// <remarks>Once loaded, the program also filters the runtime's own calls: <see cref="Explaining.RuntimeNeeds"/> lists them.</remarks>
internal static class SeccompCompiler
{
    /// <summary>Offsets in struct seccomp_data.</summary>
    public const int NumberOffset = 0, ArchitectureOffset = 4;

    /// <summary>Returns null if there is no profile, or an empty one.</summary>
    /// <param name="native">The architecture whose kernel will run it; null: this one.</param>
    /// <exception cref="ContainerException">The profile is invalid, or needs more than 4096 instructions.</exception>
    public static SeccompProgram? Compile(Spec.Seccomp? source, Architecture? native = null)
    {
        if (source is null or { IsEmpty: true })
            return null;
        uint flags = SeccompFlags.From(source);
        Profile profile = new(source, native ?? Architecture.Native);
        Instruction[] program = Compile(profile);
        if (program.Length > BPF_MAXINSNS)
        {
            string message = $"seccomp: the profile needs {program.Length} instructions, but the kernel accepts at most {BPF_MAXINSNS}";
            throw new ContainerException(ErrorCode.SeccompProfile, message) { Pointer = "/linux/seccomp/syscalls" };
        }
        return new SeccompProgram(MemoryMarshal.AsBytes(program.AsSpan()).ToArray(), flags, profile.Warnings);
    }

    private static Instruction[] Compile(Profile profile)
    {
        Assembler code = new();
        Label foreign = code.Return(SECCOMP_RET_KILL_THREAD);
        Label next = foreign;
        // Code is written backwards: the native architecture is written last and tested first.
        for (int i = profile.Architectures.Count - 1; i >= 0; i--)
        {
            uint audit = profile.Architectures[i].Architecture.Audit;
            if (profile.Architectures.FindIndex(other => other.Architecture.Audit == audit) < i)
                continue;
            Label numbers = new NumberSearch(code, new Ranges(profile, audit).All, profile.Default).Write();
            next = code.Branch(BPF_JEQ, audit, code.Load(NumberOffset, numbers), next);
        }
        return code.ToProgram(code.Load(ArchitectureOffset, next));
    }
}
