using SharpRunc.Linux;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Runs a program as on a kernel before Linux 6.17, whose procfs has no option pidns.</summary>
internal static unsafe class OldKernel
{
    public static int Run(string[] command)
    {
        Assembler assembler = new();
        Assembler.Label allow = assembler.Return(SECCOMP_RET_ALLOW), refuse = assembler.Return(SECCOMP_RET_ERRNO | EINVAL);
        Assembler.Label operation = assembler.Load(24, assembler.Branch(BPF_JEQ, FSCONFIG_SET_FD, refuse, allow));
        Instruction[] filter = assembler.ToProgram(assembler.Load(0, assembler.Branch(BPF_JEQ, (uint)SYS_fsconfig, operation, allow)));
        fixed (Instruction* instructions = filter)
        {
            sock_fprog program = new() { len = (ushort)filter.Length, filter = (sock_filter*)instructions };
            if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (nint)(&program)) != 0)
                throw new SysException("seccomp", null, errno);
        }
        Native.Begin();
        syscall(SYS_execve, (nint)Native.String(command[0]), (nint)Native.Strings(command),
            (nint)Native.Strings(ProcessStrings.Environment()));
        throw new SysException("execve", command[0], errno);
    }
}
