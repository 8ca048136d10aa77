using System.Runtime.InteropServices;

namespace SharpRunc.Linux.LibC;

internal static unsafe partial class Libc
{
    /// <summary>syscall(2): −1 and errno on failure.</summary>
    [DllImport("libc")]
    public static extern nint syscall(nint number, nint a = 0, nint b = 0, nint c = 0, nint d = 0, nint e = 0, nint f = 0);

    // asm/unistd_64.h
    public const nint SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_poll = 7, SYS_lseek = 8, SYS_mmap = 9, SYS_mprotect = 10,
        SYS_munmap = 11, SYS_brk = 12, SYS_pread64 = 17, SYS_mremap = 25, SYS_mincore = 27, SYS_madvise = 28, SYS_rt_sigaction = 13,
        SYS_rt_sigprocmask = 14, SYS_ioctl = 16, SYS_dup2 = 33, SYS_getpid = 39, SYS_sendfile = 40, SYS_socket = 41, SYS_connect = 42,
        SYS_accept = 43, SYS_sendto = 44, SYS_recvfrom = 45, SYS_sendmsg = 46, SYS_recvmsg = 47, SYS_bind = 49, SYS_socketpair = 53,
        SYS_setsockopt = 54, SYS_clone = 56, SYS_wait4 = 61, SYS_kill = 62, SYS_uname = 63, SYS_fcntl = 72, SYS_flock = 73, SYS_fsync = 74,
        SYS_ftruncate = 77, SYS_getcwd = 79, SYS_chdir = 80, SYS_fchdir = 81, SYS_fchmod = 91, SYS_fchown = 93, SYS_umask = 95,
        SYS_getuid = 102, SYS_setuid = 105, SYS_setgid = 106, SYS_geteuid = 107, SYS_getegid = 108, SYS_setsid = 112, SYS_getpgid = 121,
        SYS_getgroups = 115, SYS_setgroups = 116, SYS_setresuid = 117, SYS_setresgid = 119, SYS_capget = 125, SYS_capset = 126,
        SYS_statfs = 137, SYS_fstatfs = 138, SYS_personality = 135, SYS_pivot_root = 155, SYS_prctl = 157, SYS_chroot = 161,
        SYS_mount = 165, SYS_umount2 = 166, SYS_sethostname = 170, SYS_setdomainname = 171, SYS_gettid = 186, SYS_fsetxattr = 190,
        SYS_fgetxattr = 193, SYS_flistxattr = 196, SYS_getdents64 = 217, SYS_exit = 60, SYS_exit_group = 231, SYS_waitid = 247,
        SYS_add_key = 248, SYS_request_key = 249, SYS_keyctl = 250, SYS_ioprio_set = 251, SYS_openat = 257, SYS_mkdirat = 258,
        SYS_mknodat = 259, SYS_fchownat = 260, SYS_newfstatat = 262, SYS_unlinkat = 263, SYS_renameat2 = 316, SYS_symlinkat = 266,
        SYS_readlinkat = 267, SYS_fchmodat = 268, SYS_faccessat = 269, SYS_unshare = 272, SYS_prlimit64 = 302, SYS_setns = 308,
        SYS_sched_setattr = 314, SYS_seccomp = 317, SYS_getrandom = 318, SYS_memfd_create = 319, SYS_bpf = 321, SYS_execveat = 322,
        SYS_execve = 59, SYS_statx = 332, SYS_signalfd4 = 289, SYS_eventfd2 = 290, SYS_pipe2 = 293, SYS_timerfd_create = 283,
        SYS_timerfd_settime = 286, SYS_set_mempolicy = 238, SYS_sched_setaffinity = 203, SYS_clock_gettime = 228, SYS_nanosleep = 35,
        SYS_tgkill = 234, SYS_pidfd_send_signal = 424, SYS_open_tree = 428, SYS_move_mount = 429, SYS_fsopen = 430, SYS_fsconfig = 431,
        SYS_fsmount = 432, SYS_fspick = 433, SYS_pidfd_open = 434, SYS_clone3 = 435, SYS_close_range = 436, SYS_openat2 = 437,
        SYS_pidfd_getfd = 438, SYS_faccessat2 = 439, SYS_mount_setattr = 442;
}
