using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux.LibC;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>The raw bindings against the system's own headers: gcc prints what the kernel's and glibc's authors meant.</summary>
internal sealed class LibCTests
{
    private const string Compiler = "/usr/bin/gcc";

    private static readonly string[] Headers =
    [
        "stddef.h", "stdio.h", "errno.h", "fcntl.h", "sched.h", "signal.h", "poll.h", "unistd.h", "sys/types.h", "sys/stat.h", "sys/vfs.h",
            "sys/socket.h", "sys/un.h", "sys/wait.h", "sys/file.h",
        "sys/ioctl.h", "sys/resource.h", "sys/prctl.h", "sys/syscall.h", "sys/signalfd.h", "net/if.h", "linux/openat2.h", "linux/sched.h",
            "linux/mount.h", "linux/magic.h",
        "linux/capability.h", "linux/keyctl.h", "linux/seccomp.h", "linux/filter.h", "linux/audit.h", "linux/bpf.h", "linux/memfd.h",
            "linux/close_range.h", "linux/ioprio.h", "linux/mempolicy.h", "linux/netlink.h", "linux/rtnetlink.h", "linux/nsfs.h",
                "linux/elf.h", "linux/auxvec.h", "sys/mman.h", "asm/termbits.h",
    ];

    /// <summary>The kernel's header defines a struct that glibc's has, too.</summary>
    private const string SchedTypes = "#define sched_param kernel_sched_param\n#include <linux/sched/types.h>\n#undef sched_param\n";

    /// <summary>C's name where it is not `struct` and ours; null: a part of a union that has no name in C.</summary>
    private static readonly Dictionary<string, string?> Names = new()
    {
        ["cap_header"] = "struct __user_cap_header_struct",
        ["cap_data"] = "struct __user_cap_data_struct",
        ["siginfo_t"] = "siginfo_t",
        ["bpf_attr_load"] = null,
        ["bpf_attr_attach"] = null,
        ["bpf_attr_query"] = null,
        ["bpf_attr_get_id"] = null,
    };

    [Test]
    public void Sizes_and_offsets_are_the_headers()
    {
        StringBuilder program = new();
        Dictionary<string, long> ours = [];
        foreach (Type type in typeof(Libc).GetNestedTypes(BindingFlags.Public | BindingFlags.NonPublic))
        {
            if (!type.IsValueType || type.Name.StartsWith('<') || Names.TryGetValue(type.Name, out string? c) && c is null)
                continue;
            c ??= "struct " + type.Name;
            Print(type.Name, $"sizeof({c})", Marshal.SizeOf(type));
            foreach (FieldInfo field in type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance))
                if (!IsFiller(field.Name))
                    Print($"{type.Name}.{field.Name}", $"offsetof({c}, {field.Name})", Marshal.OffsetOf(type, field.Name));
        }
        Compare(ours, program.ToString());

        void Print(string name, string expression, long value)
        {
            ours[name] = value;
            program.AppendLine(CultureInfo.InvariantCulture, $"printf(\"{name} %lld\\n\", (long long){expression});");
        }
    }

    [Test]
    public void Constants_are_the_headers()
    {
        StringBuilder program = new();
        Dictionary<string, long> ours = [];
        foreach (FieldInfo field in typeof(Libc).GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static))
        {
            if (!field.IsLiteral && !(field.IsInitOnly && field.FieldType == typeof(nint)))
                continue;
            object value = field.GetValue(null)!;
            if (value is string)
                continue;
            int size = Marshal.SizeOf(field.FieldType);
            ours[field.Name] = value is ulong u ? (long)u : value is nint n ? n : Convert.ToInt64(value, CultureInfo.InvariantCulture);
            // Through the same width, so that a sign is no difference. What the headers do not define is not compared.
            string cast = size == 4 ? ours[field.Name] < 0 ? "(int)" : value is uint ? "(unsigned)" : "(int)" : "";
            program.AppendLine(CultureInfo.InvariantCulture,
                $"#ifdef {field.Name}\nprintf(\"{field.Name} %lld\\n\", (long long){cast}({field.Name}));\n#endif");
        }
        int compared = Compare(ours, program.ToString());
        TestContext.Out.WriteLine($"{compared} of {ours.Count} constants are macros of the headers");
        Assert.That(compared, Is.GreaterThan(ours.Count * 3 / 4));
    }

    private static int Compare(Dictionary<string, long> ours, string statements)
    {
        if (!File.Exists(Compiler))
            Assert.Ignore("gcc is not installed");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("sharprunc-abi-");
        try
        {
            string source = Path.Combine(directory.FullName, "abi.c"), binary = Path.Combine(directory.FullName, "abi"),
                output = Path.Combine(directory.FullName, "out");
            File.WriteAllText(source,
                $"#define _GNU_SOURCE\n#include <{string.Join(">\n#include <", Headers)}>\n{SchedTypes}int main(void) {{\n{statements}\nreturn 0; }}\n");
            int exit = Child.Start([Compiler, "-w", "-o", binary, source], output, output).Wait();
            Assert.That(exit, Is.Zero, () => File.ReadAllText(output));
            Assert.That(Child.Start([binary], output).Wait(), Is.Zero);
            string[] lines = File.ReadAllLines(output);
            Assert.Multiple(() =>
            {
                foreach (string line in lines)
                    if (line.Split(' ') is [string name, string value])
                        Assert.That(ours[name], Is.EqualTo(long.Parse(value, CultureInfo.InvariantCulture)), name);
            });
            return lines.Length;
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Padding, and parts that C splits further (bit-fields, unions, arrays of structs).</summary>
    private static bool IsFiller(string field)
        => char.IsUpper(field[0]) || field is "regs" or "times" || field.StartsWith("pad", StringComparison.Ordinal)
        || field.Contains("spare", StringComparison.Ordinal)
            || field.StartsWith("rest", StringComparison.Ordinal) || field.StartsWith("unused", StringComparison.Ordinal);
}
