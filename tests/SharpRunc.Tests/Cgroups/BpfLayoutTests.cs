using System;
using System.Diagnostics;
using System.IO;
using System.Runtime.InteropServices;
using NUnit.Framework;

namespace SharpRunc.Tests.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>LibC/bpf.cs against the system's own header.</summary>
public class BpfLayoutTests
{
    [Test]
    public void Structs_and_numbers_are_the_headers()
    {
        string program = $$"""
            #include <stddef.h>
            #include <linux/bpf.h>
            #define AT(member, value) _Static_assert(offsetof(union bpf_attr, member) == (value), #member)
            #define IS(name, value) _Static_assert((name) == (value), #name)
            IS(sizeof(struct bpf_insn), {{Marshal.SizeOf<bpf_insn>()}});
            IS(offsetof(struct bpf_insn, off), {{Offset<bpf_insn>("off")}}); IS(offsetof(struct bpf_insn, imm), {{Offset<bpf_insn>("imm")}});
            AT(insns, {{Offset<bpf_attr_load>("insns")}}); AT(license, {{Offset<bpf_attr_load>("license")}}); AT(log_buf, {{Offset<bpf_attr_load>("log_buf")}});
            AT(expected_attach_type, {{Offset<bpf_attr_load>("expected_attach_type")}});
            AT(target_fd, {{Offset<bpf_attr_attach>("target_fd")}}); AT(attach_bpf_fd, {{Offset<bpf_attr_attach>("attach_bpf_fd")}});
            AT(attach_type, {{Offset<bpf_attr_attach>("attach_type")}}); AT(attach_flags, {{Offset<bpf_attr_attach>("attach_flags")}});
            AT(replace_bpf_fd, {{Offset<bpf_attr_attach>("replace_bpf_fd")}});
            AT(query.attach_type, {{Offset<bpf_attr_query>("attach_type")}}); AT(query.prog_ids, {{Offset<bpf_attr_query>("prog_ids")}});
            AT(query.prog_cnt, {{Offset<bpf_attr_query>("prog_cnt")}}); AT(prog_id, {{Offset<bpf_attr_get_id>("prog_id")}});
            IS(BPF_PROG_LOAD, {{BPF_PROG_LOAD}}); IS(BPF_PROG_ATTACH, {{BPF_PROG_ATTACH}}); IS(BPF_PROG_DETACH, {{BPF_PROG_DETACH}});
            IS(BPF_PROG_GET_FD_BY_ID, {{BPF_PROG_GET_FD_BY_ID}}); IS(BPF_PROG_QUERY, {{BPF_PROG_QUERY}});
            IS(BPF_PROG_TYPE_CGROUP_DEVICE, {{BPF_PROG_TYPE_CGROUP_DEVICE}}); IS(BPF_CGROUP_DEVICE, {{BPF_CGROUP_DEVICE}});
            IS(BPF_F_ALLOW_MULTI, {{BPF_F_ALLOW_MULTI}}); IS(BPF_F_REPLACE, {{BPF_F_REPLACE}});
            IS(BPF_DEVCG_ACC_MKNOD, {{BPF_DEVCG_ACC_MKNOD}}); IS(BPF_DEVCG_ACC_READ, {{BPF_DEVCG_ACC_READ}}); IS(BPF_DEVCG_ACC_WRITE, {{BPF_DEVCG_ACC_WRITE}});
            IS(BPF_DEVCG_DEV_BLOCK, {{BPF_DEVCG_DEV_BLOCK}}); IS(BPF_DEVCG_DEV_CHAR, {{BPF_DEVCG_DEV_CHAR}});
            """;
        if (!File.Exists("/usr/include/linux/bpf.h") || !File.Exists("/usr/bin/gcc"))
            Assert.Ignore("needs gcc and the kernel's headers");
        ProcessStartInfo start = new("gcc", ["-x", "c", "-fsyntax-only", "-"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true
        };
        using Process gcc = Process.Start(start)!;
        gcc.StandardInput.Write(program);
        gcc.StandardInput.Close();
        string errors = gcc.StandardError.ReadToEnd();
        gcc.WaitForExit();
        Assert.That(gcc.ExitCode, Is.Zero, errors);

        static IntPtr Offset<T>(string field) => Marshal.OffsetOf<T>(field);
    }
}
