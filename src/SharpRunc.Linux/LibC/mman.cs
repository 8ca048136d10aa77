namespace SharpRunc.Linux.LibC;

// sys/mman.h; struct prctl_mm_map of linux/prctl.h. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const int PR_SET_MM = 35, PR_SET_MM_MAP = 14;

    public struct prctl_mm_map
    {
        public ulong start_code, end_code, start_data, end_data, start_brk, brk, start_stack, arg_start, arg_end, env_start, env_end;
        public ulong* auxv;
        public uint auxv_size, exe_fd;
    }
}
