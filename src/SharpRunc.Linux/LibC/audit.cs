namespace SharpRunc.Linux.LibC;

internal static unsafe partial class Libc
{
    // linux/audit.h. x32 is AUDIT_ARCH_X86_64 with __X32_SYSCALL_BIT in the number (asm/unistd.h).
    public const uint AUDIT_ARCH_X86_64 = 0xC000003E, AUDIT_ARCH_I386 = 0x40000003;
    public const uint X32_SYSCALL_BIT = 0x40000000;
}
