using System.IO;
using System.Text;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// ptrace(2): who decides on SECCOMP_RET_TRACE. Says <c>seized</c>, then of each held call <c>NUMBER message=DATA</c> and lets it be made,
/// until the process ends.
/// </summary>
internal static unsafe class Tracer
{
    private const nint SYS_ptrace = 101, PTRACE_CONT = 7, PTRACE_GETEVENTMSG = 0x4201, PTRACE_SEIZE = 0x4206, PTRACE_INTERRUPT = 0x4207,
        PTRACE_GET_SYSCALL_INFO = 0x420e, PTRACE_O_TRACESECCOMP = 0x80;

    private const int PTRACE_EVENT_SECCOMP = 7, Stopped = 0x7f;

    public static int Run(int pid)
    {
        Ptrace(PTRACE_SEIZE, pid, 0, PTRACE_O_TRACESECCOMP);
        Say("seized");
        int status;
        while (syscall(SYS_wait4, pid, (nint)(&status), __WALL) == pid && (status & 0xff) == Stopped)
        {
            bool isHeld = status >> 16 == PTRACE_EVENT_SECCOMP;
            if (isHeld)
                Tell(pid);
            int signal = status >> 16 == 0 ? status >> 8 & 0xff : 0;
            Ptrace(PTRACE_CONT, pid, 0, signal);
        }
        return 0;
    }

    /// <summary>A process of a container that may trace there: it stops another one and never lets it go on.</summary>
    /// <param name="pid">0: the next one that it sees.</param>
    /// <param name="ready">Is made when it begins to look, or holds the one that it was told.</param>
    public static int Hold(int pid, string ready)
    {
        if (pid == 0)
        {
            File.WriteAllText(ready, "");
            pid = AwaitNewcomer();
        }
        Ptrace(PTRACE_SEIZE, pid, 0, 0);
        Ptrace(PTRACE_INTERRUPT, pid, 0, 0);
        File.WriteAllText(ready, "");
        Sys.Poll([], -1);
        return 0;
    }

    private static int AwaitNewcomer()
    {
        const int Ahead = 40;
        int self = Sys.GetPid();
        for (int pid = self + 1; ; pid = pid < self + Ahead ? pid + 1 : self + 1)
            if (Sys.TryPidfdOpen(pid, out _) is { } other) // not of a thread of our own
            {
                other.Dispose();
                return pid;
            }
    }

    private static void Tell(int pid)
    {
        nuint message;
        Ptrace(PTRACE_GETEVENTMSG, pid, 0, (nint)(&message));
        ptrace_syscall_info info;
        Ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(ptrace_syscall_info), (nint)(&info));
        Say($"{info.nr} message={message}");
    }

    private static void Ptrace(nint request, int pid, nint address, nint data)
    {
        if (syscall(SYS_ptrace, request, pid, address, data) < 0)
            throw new SysException("ptrace", request.ToString(), errno);
    }

    private static void Say(string line) => Sys.TryWrite(Fd.Own(1), Encoding.UTF8.GetBytes(line + "\n"));

    public struct ptrace_syscall_info
    {
        public ulong op, instruction_pointer, stack_pointer, nr;
        public fixed byte rest[56];
    }
}
