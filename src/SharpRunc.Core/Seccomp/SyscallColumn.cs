namespace SharpRunc.Core.Seccomp;

/// <summary>The columns of <see cref="SyscallTable"/>: both byte orders of an architecture share one.</summary>
internal enum SyscallColumn
{
    X86_64, X86, X32, Arm, Aarch64, Loongarch64, M68k, Mips, Mips64, Mips64n32, Parisc, Parisc64, Ppc, Ppc64, Riscv64, S390, S390x, Sh,
}
