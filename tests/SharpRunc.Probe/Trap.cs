using System;
using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>SECCOMP_RET_TRAP, as who is trapped sees it: a line <c>SIGSYS code=1 syscall=N arch=HEX errno=DATA</c>.</summary>
internal static unsafe class Trap
{
    private const int SIGSYS = 31, SA_SIGINFO = 4;

    /// <summary>Of the kernel's siginfo_t, in words of 32 bits.</summary>
    private const int si_errno = 1, si_code = 2, si_syscall = 6, si_arch = 7;

    public static void Install()
    {
        sigaction_t action = new() { handler = &Handle, flags = SA_SIGINFO };
        if (sigaction(SIGSYS, &action, null) != 0)
            throw new SysException("sigaction", "SIGSYS", errno);
    }

    /// <summary>It may come at any moment: nothing here allocates.</summary>
    [UnmanagedCallersOnly]
    private static void Handle(int signal, uint* info, void* context)
    {
        Span<byte> line = stackalloc byte[128];
        int length = 0;
        Add(line, ref length, "SIGSYS code="u8, info[si_code], default);
        Add(line, ref length, " syscall="u8, info[si_syscall], default);
        Add(line, ref length, " arch="u8, info[si_arch], 'x');
        Add(line, ref length, " errno="u8, info[si_errno], default);
        line[length++] = (byte)'\n';
        fixed (byte* start = line)
            syscall(SYS_write, 1, (nint)start, length);
    }

    private static void Add(Span<byte> line, ref int length, ReadOnlySpan<byte> name, uint value, StandardFormat format)
    {
        name.CopyTo(line[length..]);
        length += name.Length;
        Utf8Formatter.TryFormat(value, line[length..], out int digits, format);
        length += digits;
    }

    [DllImport("libc")]
    private static extern int sigaction(int signal, sigaction_t* action, sigaction_t* old);

    /// <summary>glibc's struct sigaction.</summary>
    private struct sigaction_t
    {
        public delegate* unmanaged<int, uint*, void*, void> handler;
        public fixed ulong mask[16];
        public int flags;
        public nint restorer;
    }
}
