namespace SharpRunc.Linux.LibC;

// Tmds.LibC has only the numbers of AIO's calls.
internal static unsafe partial class Libc
{
    // asm/unistd_64.h
    public const nint SYS_read = 0, SYS_write = 1, SYS_close = 3, SYS_lseek = 8, SYS_mmap = 9, SYS_mprotect = 10, SYS_munmap = 11,
        SYS_brk = 12, SYS_rt_sigaction = 13, SYS_rt_sigprocmask = 14, SYS_ioctl = 16, SYS_pread64 = 17, SYS_mremap = 25, SYS_mincore = 27,
        SYS_madvise = 28, SYS_nanosleep = 35, SYS_getpid = 39, SYS_sendfile = 40, SYS_socket = 41, SYS_sendmsg = 46, SYS_bind = 49,
        SYS_clone = 56, SYS_execve = 59, SYS_exit = 60, SYS_wait4 = 61, SYS_uname = 63, SYS_fcntl = 72, SYS_flock = 73, SYS_getcwd = 79,
        SYS_chdir = 80, SYS_umask = 95, SYS_geteuid = 107, SYS_getegid = 108, SYS_setsid = 112, SYS_setgroups = 116, SYS_setresuid = 117,
        SYS_setresgid = 119, SYS_getpgid = 121, SYS_setfsuid = 122, SYS_capget = 125, SYS_capset = 126, SYS_personality = 135,
        SYS_statfs = 137, SYS_fstatfs = 138, SYS_pivot_root = 155, SYS_prctl = 157, SYS_mount = 165, SYS_umount2 = 166,
        SYS_sethostname = 170, SYS_gettid = 186, SYS_fsetxattr = 190, SYS_getxattr = 191, SYS_fgetxattr = 193, SYS_flistxattr = 196,
        SYS_getdents64 = 217,
        SYS_clock_gettime = 228, SYS_exit_group = 231, SYS_tgkill = 234, SYS_set_mempolicy = 238, SYS_waitid = 247, SYS_add_key = 248,
        SYS_keyctl = 250, SYS_ioprio_set = 251, SYS_openat = 257, SYS_mkdirat = 258, SYS_mknodat = 259, SYS_newfstatat = 262,
        SYS_unlinkat = 263, SYS_symlinkat = 266, SYS_faccessat = 269, SYS_ppoll = 271, SYS_signalfd4 = 289, SYS_eventfd2 = 290,
        SYS_dup3 = 292, SYS_pipe2 = 293, SYS_prlimit64 = 302, SYS_sched_setattr = 314, SYS_renameat2 = 316, SYS_seccomp = 317,
        SYS_getrandom = 318, SYS_bpf = 321, SYS_execveat = 322, SYS_statx = 332, SYS_pidfd_send_signal = 424, SYS_open_tree = 428,
        SYS_move_mount = 429, SYS_fsopen = 430, SYS_fsconfig = 431, SYS_fsmount = 432, SYS_fspick = 433, SYS_pidfd_open = 434,
        SYS_clone3 = 435, SYS_close_range = 436, SYS_openat2 = 437, SYS_pidfd_getfd = 438, SYS_faccessat2 = 439, SYS_mount_setattr = 442;
}
