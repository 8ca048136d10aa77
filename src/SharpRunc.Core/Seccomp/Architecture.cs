using System;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>An ABI that a filter distinguishes: by AUDIT_ARCH_… and, for x32, by a bit of the number.</summary>
/// <param name="Name">SCMP_ARCH_…, as in the profile.</param>
/// <param name="Audit">AUDIT_ARCH_….</param>
/// <param name="Column">The table column that has its numbers.</param>
/// <param name="NumberBase">Added to every number in the table: the x32 bit, the bases of MIPS' ABIs (asm/unistd.h), or 0.</param>
/// <param name="Multiplexes">
/// Socket and System V IPC calls can also be reached through socketcall(2) and ipc(2), whose first argument selects the call: a rule for
/// one of them must apply there as well.
/// </param>
internal sealed partial record Architecture(string Name, uint Audit, SyscallColumn Column, uint NumberBase = 0, bool Multiplexes = false)
{
    public static readonly Architecture X86_64 = new("SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64, SyscallColumn.X86_64);
    public static readonly Architecture X32 = new("SCMP_ARCH_X32", AUDIT_ARCH_X86_64, SyscallColumn.X32, X32_SYSCALL_BIT);
    public static readonly Architecture Aarch64 = new("SCMP_ARCH_AARCH64", AUDIT_ARCH_AARCH64, SyscallColumn.Aarch64);
    public static readonly Architecture X86 = new("SCMP_ARCH_X86", AUDIT_ARCH_I386, SyscallColumn.X86, Multiplexes: true);

    private const uint MipsO32 = 4000, MipsN64 = 5000, MipsN32 = 6000;

    /// <summary>config-linux.md#seccomp, architectures.</summary>
    public static readonly Architecture[] All =
    [
        X86_64, X86, X32,
        new("SCMP_ARCH_ARM", AUDIT_ARCH_ARM, SyscallColumn.Arm),
        Aarch64,
        new("SCMP_ARCH_LOONGARCH64", AUDIT_ARCH_LOONGARCH64, SyscallColumn.Loongarch64),
        new("SCMP_ARCH_M68K", AUDIT_ARCH_M68K, SyscallColumn.M68k, Multiplexes: true),
        new("SCMP_ARCH_MIPS", AUDIT_ARCH_MIPS, SyscallColumn.Mips, MipsO32, Multiplexes: true),
        new("SCMP_ARCH_MIPSEL", AUDIT_ARCH_MIPSEL, SyscallColumn.Mips, MipsO32, Multiplexes: true),
        new("SCMP_ARCH_MIPS64", AUDIT_ARCH_MIPS64, SyscallColumn.Mips64, MipsN64),
        new("SCMP_ARCH_MIPSEL64", AUDIT_ARCH_MIPSEL64, SyscallColumn.Mips64, MipsN64),
        new("SCMP_ARCH_MIPS64N32", AUDIT_ARCH_MIPS64N32, SyscallColumn.Mips64n32, MipsN32),
        new("SCMP_ARCH_MIPSEL64N32", AUDIT_ARCH_MIPSEL64N32, SyscallColumn.Mips64n32, MipsN32),
        new("SCMP_ARCH_PARISC", AUDIT_ARCH_PARISC, SyscallColumn.Parisc),
        new("SCMP_ARCH_PARISC64", AUDIT_ARCH_PARISC64, SyscallColumn.Parisc64),
        new("SCMP_ARCH_PPC", AUDIT_ARCH_PPC, SyscallColumn.Ppc, Multiplexes: true),
        new("SCMP_ARCH_PPC64", AUDIT_ARCH_PPC64, SyscallColumn.Ppc64, Multiplexes: true),
        new("SCMP_ARCH_PPC64LE", AUDIT_ARCH_PPC64LE, SyscallColumn.Ppc64, Multiplexes: true),
        new("SCMP_ARCH_RISCV64", AUDIT_ARCH_RISCV64, SyscallColumn.Riscv64),
        new("SCMP_ARCH_S390", AUDIT_ARCH_S390, SyscallColumn.S390, Multiplexes: true),
        new("SCMP_ARCH_S390X", AUDIT_ARCH_S390X, SyscallColumn.S390x, Multiplexes: true),
        new("SCMP_ARCH_SH", AUDIT_ARCH_SHEL, SyscallColumn.Sh, Multiplexes: true),
        new("SCMP_ARCH_SHEB", AUDIT_ARCH_SH, SyscallColumn.Sh, Multiplexes: true),
    ];

    /// <summary>
    /// Whether arguments are compared in full; otherwise only their low words are, as in libseccomp (also for x32 and MIPS' n32).
    /// </summary>
    public bool Is64 => (Audit & 0x80000000) != 0 && !HasShortPointers;

    /// <summary>The high word of an argument comes first in struct seccomp_data.</summary>
    public bool IsBigEndian => (Audit & 0x40000000) == 0;

    /// <summary>
    /// Whether number 0 stands for every call that the kernel does not know, as on s390 (setup(2), to which 0 belonged, was removed long
    /// ago).
    /// </summary>
    public bool HidesNewNumbers => Column is SyscallColumn.S390 or SyscallColumn.S390x;

    private bool HasShortPointers => Column is SyscallColumn.X32 or SyscallColumn.Mips64n32;

    public static Architecture? Find(string name) => Array.Find(All, architecture => architecture.Name == name);

    /// <summary>Without <see cref="NumberBase"/>; −1: this architecture has no such call.</summary>
    /// <param name="index">Index of the name in <see cref="SyscallTable"/>.</param>
    public int Number(int index) => SyscallTable.Number(Column, index);
}
