using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// bpf(2) for cgroup device programs. Since Linux 5.11 programs are charged to memory cgroups, so RLIMIT_MEMLOCK does not apply.
internal static unsafe partial class Sys
{
    /// <summary>Loads a BPF_PROG_TYPE_CGROUP_DEVICE program; null and a negative errno if the kernel refuses it.</summary>
    public static Fd? TryLoadDeviceProgram(ReadOnlySpan<bpf_insn> program, out int error)
    {
        fixed (bpf_insn* insns = program)
        fixed (byte* license = "Apache\0"u8)
        {
            bpf_attr_load attr = new()
            {
                prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
                insn_cnt = (uint)program.Length,
                insns = (ulong)insns,
                license = (ulong)license,
            };
            nint result = Bpf("BPF_PROG_LOAD", BPF_PROG_LOAD, &attr, sizeof(bpf_attr_load));
            error = result < 0 ? (int)result : 0;
            return result < 0 ? null : Fd.Own(result);
        }
    }

    /// <summary>0, or a negative errno.</summary>
    /// <param name="replaced">The attached program that this one replaces atomically; null: add this one.</param>
    public static int TryAttachDeviceProgram(Fd cgroup, Fd program, Fd? replaced)
    {
        bpf_attr_attach attr = new()
        {
            target_fd = (uint)cgroup.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = BPF_CGROUP_DEVICE,
            attach_flags = BPF_F_ALLOW_MULTI | (replaced is null ? 0 : BPF_F_REPLACE),
            replace_bpf_fd = replaced is null ? 0 : (uint)replaced.Number,
        };
        return (int)Bpf("BPF_PROG_ATTACH", BPF_PROG_ATTACH, &attr, sizeof(bpf_attr_attach));
    }

    public static void DetachDeviceProgram(Fd cgroup, Fd program)
    {
        bpf_attr_attach attr = new() { target_fd = (uint)cgroup.Number, attach_bpf_fd = (uint)program.Number, attach_type = BPF_CGROUP_DEVICE };
        Checked("bpf", "BPF_PROG_DETACH", Bpf("BPF_PROG_DETACH", BPF_PROG_DETACH, &attr, sizeof(bpf_attr_attach)));
    }

    /// <summary>Ids of the device programs attached to this cgroup itself (not to those above), at most 64.</summary>
    public static uint[] DevicePrograms(Fd cgroup)
    {
        uint[] ids = new uint[64];
        fixed (uint* p = ids)
        {
            bpf_attr_query attr = new() { target_fd = (uint)cgroup.Number, attach_type = BPF_CGROUP_DEVICE, prog_ids = (ulong)p, prog_cnt = 64 };
            Checked("bpf", "BPF_PROG_QUERY", Bpf("BPF_PROG_QUERY", BPF_PROG_QUERY, &attr, sizeof(bpf_attr_query)));
            return ids.AsSpan(0, (int)attr.prog_cnt).ToArray();
        }
    }

    public static Fd OpenProgram(uint id)
    {
        bpf_attr_get_id attr = new() { prog_id = id };
        return Fd.Own(Checked("bpf", "BPF_PROG_GET_FD_BY_ID", Bpf("BPF_PROG_GET_FD_BY_ID", BPF_PROG_GET_FD_BY_ID, &attr, sizeof(bpf_attr_get_id))));
    }

    private static nint Bpf(string subject, int command, void* attr, int size) => Try("bpf", subject, SYS_bpf, command, (nint)attr, size);
}
