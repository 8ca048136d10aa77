namespace SharpRunc.Linux.LibC;

// Tmds.LibC numbers only the calls of AIO.
internal static unsafe partial class Libc
{
    // asm-generic/unistd.h, which arm64 takes as it is
    public const nint SYS_fsetxattr = 7, SYS_getxattr = 8, SYS_fgetxattr = 10, SYS_flistxattr = 13, SYS_getcwd = 17, SYS_eventfd2 = 19,
        SYS_dup3 = 24,
        SYS_fcntl = 25, SYS_ioctl = 29, SYS_ioprio_set = 30, SYS_flock = 32, SYS_mknodat = 33, SYS_mkdirat = 34, SYS_unlinkat = 35,
        SYS_symlinkat = 36, SYS_umount2 = 39, SYS_mount = 40, SYS_pivot_root = 41, SYS_statfs = 43, SYS_fstatfs = 44, SYS_faccessat = 48,
        SYS_chdir = 49, SYS_openat = 56, SYS_close = 57, SYS_pipe2 = 59, SYS_getdents64 = 61, SYS_lseek = 62, SYS_read = 63,
        SYS_write = 64, SYS_pread64 = 67, SYS_sendfile = 71, SYS_ppoll = 73, SYS_signalfd4 = 74, SYS_newfstatat = 79, SYS_capget = 90,
        SYS_capset = 91, SYS_personality = 92, SYS_exit = 93, SYS_exit_group = 94, SYS_waitid = 95, SYS_nanosleep = 101,
        SYS_clock_gettime = 113, SYS_tgkill = 131, SYS_rt_sigaction = 134, SYS_rt_sigprocmask = 135, SYS_setresuid = 147,
        SYS_setresgid = 149, SYS_setfsuid = 151, SYS_getpgid = 155, SYS_setsid = 157, SYS_setgroups = 159, SYS_uname = 160,
        SYS_sethostname = 161, SYS_umask = 166, SYS_prctl = 167, SYS_getpid = 172, SYS_geteuid = 175, SYS_getegid = 177, SYS_gettid = 178,
        SYS_socket = 198, SYS_bind = 200, SYS_sendmsg = 211, SYS_brk = 214, SYS_munmap = 215, SYS_mremap = 216, SYS_add_key = 217,
        SYS_keyctl = 219, SYS_clone = 220, SYS_execve = 221, SYS_mmap = 222, SYS_mprotect = 226, SYS_mincore = 232, SYS_madvise = 233,
        SYS_set_mempolicy = 237, SYS_wait4 = 260, SYS_prlimit64 = 261, SYS_sched_setattr = 274, SYS_renameat2 = 276, SYS_seccomp = 277,
        SYS_getrandom = 278, SYS_bpf = 280, SYS_execveat = 281, SYS_statx = 291, SYS_pidfd_send_signal = 424, SYS_open_tree = 428,
        SYS_move_mount = 429, SYS_fsopen = 430, SYS_fsconfig = 431, SYS_fsmount = 432, SYS_fspick = 433, SYS_pidfd_open = 434,
        SYS_clone3 = 435, SYS_close_range = 436, SYS_openat2 = 437, SYS_pidfd_getfd = 438, SYS_faccessat2 = 439, SYS_mount_setattr = 442;
}
