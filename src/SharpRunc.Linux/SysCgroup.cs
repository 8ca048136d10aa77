using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// What cgroups offer beside files: device programs (bpf(2)) and counters of events.
// Since Linux 5.11 programs are charged to memory cgroups, so RLIMIT_MEMLOCK does not apply.
internal static unsafe partial class Sys
{
    /// <summary>Loads a BPF_PROG_TYPE_CGROUP_DEVICE program; null and the error if the kernel refuses it.</summary>
    public static Fd? TryLoadDeviceProgram(ReadOnlySpan<bpf_insn> program, out SysError error)
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
            return TryOpen("bpf", "BPF_PROG_LOAD", out error, SYS_bpf, BPF_PROG_LOAD, (nint)(&attr), sizeof(bpf_attr_load));
        }
    }

    /// <param name="replaced">The attached program that this one replaces atomically; null: add this one.</param>
    public static SysError TryAttachDeviceProgram(Fd cgroup, Fd program, Fd? replaced)
    {
        bpf_attr_attach attr = new()
        {
            target_fd = (uint)cgroup.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = BPF_CGROUP_DEVICE,
            attach_flags = BPF_F_ALLOW_MULTI | (replaced is null ? 0 : BPF_F_REPLACE),
            replace_bpf_fd = replaced is null ? 0 : (uint)replaced.Number,
        };
        return Attempt("bpf", "BPF_PROG_ATTACH", SYS_bpf, BPF_PROG_ATTACH, (nint)(&attr), sizeof(bpf_attr_attach));
    }

    public static void DetachDeviceProgram(Fd cgroup, Fd program)
    {
        bpf_attr_attach attr = new()
        {
            target_fd = (uint)cgroup.Number,
            attach_bpf_fd = (uint)program.Number,
            attach_type = BPF_CGROUP_DEVICE,
        };
        Call("bpf", "BPF_PROG_DETACH", SYS_bpf, BPF_PROG_DETACH, (nint)(&attr), sizeof(bpf_attr_attach));
    }

    /// <summary>Ids of the device programs attached to this cgroup itself (not to those above), at most 64.</summary>
    public static uint[] DevicePrograms(Fd cgroup)
    {
        const uint Most = 64;
        uint[] ids = new uint[Most];
        fixed (uint* p = ids)
        {
            bpf_attr_query attr = new()
            {
                target_fd = (uint)cgroup.Number,
                attach_type = BPF_CGROUP_DEVICE,
                prog_ids = (ulong)p,
                prog_cnt = Most,
            };
            Call("bpf", "BPF_PROG_QUERY", SYS_bpf, BPF_PROG_QUERY, (nint)(&attr), sizeof(bpf_attr_query));
            return ids.AsSpan(0, (int)attr.prog_cnt).ToArray();
        }
    }

    public static Fd OpenProgram(uint id)
    {
        bpf_attr_get_id attr = new() { prog_id = id };
        return Fd.Own(Call("bpf", "BPF_PROG_GET_FD_BY_ID", SYS_bpf, BPF_PROG_GET_FD_BY_ID, (nint)(&attr), sizeof(bpf_attr_get_id)));
    }

    /// <summary>The kernel's digest of a program's instructions.</summary>
    public static ulong ProgramTag(Fd program)
    {
        bpf_prog_info_start info = default;
        bpf_attr_info attr = new() { bpf_fd = (uint)program.Number, info_len = (uint)sizeof(bpf_prog_info_start), info = (ulong)&info };
        Call("bpf", "BPF_OBJ_GET_INFO_BY_FD", SYS_bpf, BPF_OBJ_GET_INFO_BY_FD, (nint)(&attr), sizeof(bpf_attr_info));
        return info.tag;
    }

    /// <summary>
    /// An eventfd that counts the events of a v1 cgroup's file (kernel Documentation/admin-guide/cgroup-v1/memcg_test.rst); null and
    /// the error if the kernel does not provide them.
    /// </summary>
    public static Fd? TryCgroupEvents(Fd cgroup, string file, out SysError error)
    {
        using Fd? control = TryOpenAt(cgroup, "cgroup.event_control", O_WRONLY, out error);
        using Fd? watched = control is null ? null : TryOpenAt(cgroup, file, O_RDONLY, out error);
        if (control is null || watched is null)
            return null;
        Fd events = Fd.Own(Call("eventfd2", file, SYS_eventfd2, 0, O_CLOEXEC | O_NONBLOCK));
        error = TryWrite(control, KernelText.Encode($"{events.Number} {watched.Number}"), file);
        if (!error.Failed)
            return events;
        events.Dispose();
        return null;
    }
}
