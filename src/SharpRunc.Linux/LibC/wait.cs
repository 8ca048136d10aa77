namespace SharpRunc.Linux.LibC;

// sys/wait.h, signal.h. In the package's siginfo_t, si_code and si_errno are exchanged. SIG… and CLD_… are matched by patterns, which take
// constants only.
internal static unsafe partial class Libc
{
    public const int P_ALL = 0, P_PID = 1, P_PIDFD = 3, WNOHANG = 1, WEXITED = 4, WNOWAIT = 0x1000000, __WALL = 0x40000000, CLD_EXITED = 1,
        CLD_KILLED = 2, CLD_DUMPED = 3;

    public const int SIGHUP = 1, SIGINT = 2, SIGQUIT = 3, SIGKILL = 9, SIGSEGV = 11, SIGPIPE = 13, SIGTERM = 15, SIGCHLD = 17, SIGCONT = 18,
        SIGSTOP = 19, SIGSYS = 31, SIGURG = 23, SIGXFSZ = 25, SIGWINCH = 28;

    /// <summary>The kernel's siginfo_t as waitid(2) fills it for a child.</summary>
    public struct siginfo_t
    {
        public int si_signo, si_errno, si_code, pad;
        public int si_pid, si_uid, si_status;
        public fixed byte rest[100];
    }

    /// <summary>signalfd(2): 128 bytes per signal.</summary>
    public struct signalfd_siginfo
    {
        public int ssi_signo, ssi_errno, ssi_code, ssi_pid;
        public fixed byte rest[112];
    }
}
