using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Seccomp;

/// <summary>One ABI that a filter tells apart: by AUDIT_ARCH_… and, for x32, by a bit of the number.</summary>
/// <param name="Name">SCMP_ARCH_…, as in the profile.</param>
/// <param name="Audit">AUDIT_ARCH_….</param>
/// <param name="NumberBase">Added to every number of the table: the x32 bit, or 0.</param>
/// <param name="Is64">Arguments are compared in full; otherwise by their low words, as libseccomp does (also for x32).</param>
internal sealed record Architecture(string Name, uint Audit, uint NumberBase, bool Is64)
{
    public static readonly Architecture X86_64 = new("SCMP_ARCH_X86_64", AUDIT_ARCH_X86_64, 0, true);
    public static readonly Architecture X32 = new("SCMP_ARCH_X32", AUDIT_ARCH_X86_64, X32_SYSCALL_BIT, false);
    public static readonly Architecture X86 = new("SCMP_ARCH_X86", AUDIT_ARCH_I386, 0, false);

    /// <summary>What this binary was built for.</summary>
    public static Architecture Native => X86_64;

    public static Architecture? Find(string name) => name switch
    {
        "SCMP_ARCH_X86_64" or "SCMP_ARCH_NATIVE" => X86_64,
        "SCMP_ARCH_X32" => X32,
        "SCMP_ARCH_X86" => X86,
        _ => null,
    };

    /// <summary>Numbers by index of the name in <see cref="SyscallTable"/>, without <see cref="NumberBase"/>; −1: this architecture has no such call.</summary>
    public ReadOnlySpan<short> Numbers => ReferenceEquals(this, X86_64) ? SyscallTable.X86_64 : ReferenceEquals(this, X32) ? SyscallTable.X32 : SyscallTable.X86;

    /// <summary>
    /// i386 can also reach its socket and System V IPC calls through socketcall(2) and ipc(2), whose first argument selects:
    /// a rule for one has to hold there as well.
    /// </summary>
    public bool Multiplexes => ReferenceEquals(this, X86);
}
