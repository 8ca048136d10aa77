namespace SharpRunc.Linux.LibC;

// linux/bpf.h and linux/bpf_common.h: what a device program needs. Not in Tmds.LibC.
internal static unsafe partial class Libc
{
    public const int BPF_PROG_LOAD = 5, BPF_PROG_ATTACH = 8, BPF_PROG_DETACH = 9, BPF_PROG_GET_FD_BY_ID = 13;
    public const int BPF_OBJ_GET_INFO_BY_FD = 15, BPF_PROG_QUERY = 16;
    public const uint BPF_PROG_TYPE_CGROUP_DEVICE = 15, BPF_CGROUP_DEVICE = 6;
    public const uint BPF_F_ALLOW_MULTI = 2, BPF_F_REPLACE = 4;

    public const uint BPF_DEVCG_ACC_MKNOD = 1, BPF_DEVCG_ACC_READ = 2, BPF_DEVCG_ACC_WRITE = 4;
    public const uint BPF_DEVCG_DEV_BLOCK = 1, BPF_DEVCG_DEV_CHAR = 2;

    /// <summary>One instruction; <c>regs</c> is dst_reg in the low half, src_reg in the high half.</summary>
    public struct bpf_insn
    {
        public byte code, regs;
        public short off;
        public int imm;
    }

    /// <summary>union bpf_attr for BPF_PROG_LOAD, up to the fields that are set.</summary>
    public struct bpf_attr_load
    {
        public uint prog_type, insn_cnt;
        public ulong insns, license;
        public uint log_level, log_size;
        public ulong log_buf;
        public uint kern_version, prog_flags;
        public fixed byte prog_name[16];
        public uint prog_ifindex, expected_attach_type;
    }

    /// <summary>union bpf_attr for BPF_PROG_ATTACH and BPF_PROG_DETACH.</summary>
    public struct bpf_attr_attach
    {
        public uint target_fd, attach_bpf_fd, attach_type, attach_flags, replace_bpf_fd;
    }

    /// <summary>union bpf_attr for BPF_PROG_QUERY.</summary>
    public struct bpf_attr_query
    {
        public uint target_fd, attach_type, query_flags, attach_flags;
        public ulong prog_ids;
        public uint prog_cnt, pad;
    }

    /// <summary>union bpf_attr for BPF_PROG_GET_FD_BY_ID.</summary>
    public struct bpf_attr_get_id
    {
        public uint prog_id, next_id, open_flags;
    }

    /// <summary>union bpf_attr for BPF_OBJ_GET_INFO_BY_FD.</summary>
    public struct bpf_attr_info
    {
        public uint bpf_fd, info_len;
        public ulong info;
    }

    /// <summary>Its beginning: the kernel fills as much as there is room for.</summary>
    public struct bpf_prog_info_start
    {
        public uint type, id;
        public ulong tag;
    }
}
