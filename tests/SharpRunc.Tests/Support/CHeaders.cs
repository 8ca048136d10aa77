using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>What the kernel's and glibc's headers say on one architecture. The compiler is asked; nothing that it makes is run.</summary>
internal sealed class CHeaders(string compiler)
{
    public static CHeaders Native { get; } = new("/usr/bin/gcc");

    public static CHeaders Arm64 { get; } = new("/usr/bin/aarch64-linux-gnu-gcc");

    private static readonly string[] Headers =
    [
        "stddef.h", "stdio.h", "errno.h", "fcntl.h", "sched.h", "signal.h", "poll.h", "unistd.h", "sys/types.h", "sys/stat.h", "sys/vfs.h",
        "sys/socket.h", "sys/un.h", "sys/wait.h", "sys/file.h", "sys/ioctl.h", "sys/mount.h", "sys/resource.h", "sys/prctl.h",
        "sys/statvfs.h", "sys/syscall.h", "sys/signalfd.h", "net/if.h", "linux/openat2.h", "linux/sched.h", "linux/magic.h",
        "linux/capability.h", "linux/keyctl.h", "linux/seccomp.h", "linux/filter.h", "linux/audit.h", "linux/bpf.h", "linux/memfd.h",
        "linux/close_range.h", "linux/ioprio.h", "linux/mempolicy.h", "linux/netlink.h", "linux/rtnetlink.h", "linux/nsfs.h", "linux/elf.h",
        "linux/auxvec.h", "sys/mman.h", "asm/termbits.h",
    ];

    /// <summary>The kernel's header defines a struct that glibc's also defines.</summary>
    private const string SchedTypes = "#define sched_param kernel_sched_param\n#include <linux/sched/types.h>\n#undef sched_param\n";

    private readonly List<(string Name, string Expression, string? Macro, long Value)> claims = [];

    /// <param name="macro">Without this macro nothing is compared: the headers are older than the binding, or it is no macro.</param>
    public void Claim(string name, string expression, long value, string? macro = null) => claims.Add((name, expression, macro, value));

    /// <summary>Asserts all claims.</summary>
    /// <returns>How many the headers know.</returns>
    public int Check()
    {
        if (!File.Exists(compiler))
            Assert.Ignore($"{Path.GetFileName(compiler)} is not installed");
        StringBuilder program = new();
        program.AppendLine($"#define _GNU_SOURCE\n#include <{string.Join(">\n#include <", Headers)}>\n{SchedTypes}");
        for (int i = 0; i < claims.Count; i++)
        {
            (string name, string expression, string? macro, long value) = claims[i];
            // Through the width that the value has, so that a sign is no difference.
            string cast = value is >= int.MinValue and <= uint.MaxValue ? "(unsigned)" : "";
            string claim = string.Create(CultureInfo.InvariantCulture,
                $"_Static_assert({cast}({expression}) == {cast}{value}LL, \"{name}\"); char known{i};");
            program.AppendLine(macro is null ? claim : $"#ifdef {macro}\n{claim}\n#endif");
        }
        DirectoryInfo directory = Directory.CreateTempSubdirectory("sharprunc-abi-");
        try
        {
            string source = Path.Combine(directory.FullName, "abi.c"), assembler = Path.Combine(directory.FullName, "abi.s");
            string output = Path.Combine(directory.FullName, "out");
            File.WriteAllText(source, program.ToString());
            int exit = Child.Start([compiler, "-w", "-S", "-o", assembler, source], output, output).Wait();
            Assert.That(exit, Is.Zero, () => File.ReadAllText(output));
            return Regex.Count(File.ReadAllText(assembler), @"^known\d+:", RegexOptions.Multiline);
        }
        finally
        {
            directory.Delete(recursive: true);
            claims.Clear();
        }
    }
}
