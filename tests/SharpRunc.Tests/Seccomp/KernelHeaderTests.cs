using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// The generated table against the kernel's own headers: this machine's, and those of Debian's linux-libc-dev-ARCH-cross packages that are
/// installed.
/// </summary>
internal sealed class KernelHeaderTests
{
    private const string Compiler = "/usr/bin/gcc";

    /// <summary>Where a Debian has the headers of a machine, and what its compiler predefines.</summary>
    private static readonly (string Architecture, string Folder, string[] Macros)[] Sources =
    [
        ("SCMP_ARCH_X86_64", "/usr/include/x86_64-linux-gnu", ["__x86_64__", "__LP64__"]),
        ("SCMP_ARCH_X86", "/usr/include/x86_64-linux-gnu", ["__i386__"]),
        ("SCMP_ARCH_X32", "/usr/include/x86_64-linux-gnu", ["__x86_64__", "__ILP32__"]),
        ("SCMP_ARCH_ARM", "/usr/arm-linux-gnueabihf/include", ["__arm__", "__ARM_EABI__"]),
        ("SCMP_ARCH_AARCH64", "/usr/aarch64-linux-gnu/include", ["__aarch64__", "__LP64__"]),
        ("SCMP_ARCH_M68K", "/usr/m68k-linux-gnu/include", ["__m68k__"]),
        ("SCMP_ARCH_MIPS", "/usr/mips-linux-gnu/include", ["__mips__", "_MIPS_SIM=_MIPS_SIM_ABI32"]),
        ("SCMP_ARCH_MIPSEL64", "/usr/mips64el-linux-gnuabi64/include", ["__mips__", "_MIPS_SIM=_MIPS_SIM_ABI64"]),
        ("SCMP_ARCH_MIPS64N32", "/usr/mips64-linux-gnuabin32/include", ["__mips__", "_MIPS_SIM=_MIPS_SIM_NABI32"]),
        ("SCMP_ARCH_PARISC", "/usr/hppa-linux-gnu/include", ["__hppa__"]),
        ("SCMP_ARCH_PARISC64", "/usr/hppa-linux-gnu/include", ["__hppa__", "__LP64__"]),
        ("SCMP_ARCH_PPC", "/usr/powerpc-linux-gnu/include", ["__powerpc__"]),
        ("SCMP_ARCH_PPC64LE", "/usr/powerpc64le-linux-gnu/include", ["__powerpc__", "__powerpc64__", "__LP64__"]),
        ("SCMP_ARCH_RISCV64", "/usr/riscv64-linux-gnu/include", ["__riscv", "__riscv_xlen=64", "__SIZEOF_POINTER__=8"]),
        ("SCMP_ARCH_S390", "/usr/s390x-linux-gnu/include", ["__s390__"]),
        ("SCMP_ARCH_S390X", "/usr/s390x-linux-gnu/include", ["__s390__", "__s390x__", "__LP64__"]),
        ("SCMP_ARCH_SH", "/usr/sh4-linux-gnu/include", ["__sh__"]),
    ];

    /// <summary>Places that are kept free, a number where private calls begin, and on arm another word for arm_sync_file_range.</summary>
    private static readonly string[] NoCalls = ["unused", "reserved", "arch_specific_syscall", "sync_file_range2"];

    private static IEnumerable<string> Names => Sources.Select(source => source.Architecture);

    [TestCaseSource(nameof(Names))]
    public void Every_number_in_the_kernels_header_is_in_the_table(string name)
    {
        (_, string folder, string[] macros) = Sources.Single(source => source.Architecture == name);
        if (!File.Exists(Compiler) || !File.Exists(Path.Combine(folder, "asm/unistd.h")))
            Assert.Ignore($"needs gcc and {folder} (linux-libc-dev, or its -cross package)");
        Architecture architecture = Architecture.Find(name)!;
        Dictionary<string, int> header = Header(folder, macros);
        List<string> wrong = [];
        foreach ((string call, int number) in header)
        {
            int index = SyscallTable.Find(call), known = index < 0 ? -1 : architecture.Number(index);
            if (known < 0 && NoCalls.Any(word => call.StartsWith(word, StringComparison.Ordinal)))
                continue;
            if ((int)architecture.NumberBase + known != number)
                wrong.Add($"{call}: {number} in the header, {known} in the table");
        }
        Assert.That(header, Has.Count.GreaterThan(250));
        Assert.That(wrong, Is.Empty, string.Join("\n", wrong));
    }

    /// <summary>Names and numbers that asm/unistd.h defines as __NR_… (and arm's own as __ARM_NR_…).</summary>
    private static Dictionary<string, int> Header(string folder, string[] macros)
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["a.c"], "#include <asm/unistd.h>\n");
        int exit = Child.Start([Compiler, "-E", "-dM", "-undef", "-nostdinc", "-isystem", folder, "-isystem", "/usr/include",
            .. macros.Select(macro => "-D" + macro), directory["a.c"]],
            directory["macros"], directory["errors"]).Wait();
        Assert.That((exit, File.ReadAllText(directory["errors"])), Is.EqualTo((0, "")));
        Dictionary<string, string> defined = File.ReadLines(directory["macros"]).Select(line => line.Split(' ', 3))
            .Where(words => words.Length == 3)
            .ToDictionary(words => words[1], words => words[2]);
        Dictionary<string, int> numbers = [];
        foreach (string macro in defined.Keys)
            foreach (string prefix in new[] { "__NR_", "__ARM_NR_" })
                if (macro.StartsWith(prefix, StringComparison.Ordinal) && char.IsLower(macro[prefix.Length]) && macro != "__NR_syscalls")
                    numbers[macro[prefix.Length..]] = Value(macro, defined);
        return numbers;
    }

    /// <summary>A number, another macro, or a sum of the two in brackets.</summary>
    private static int Value(string text, Dictionary<string, string> defined)
    {
        int sum = 0;
        foreach (string part in text.Trim('(', ')').Split('+', StringSplitOptions.TrimEntries))
            sum += char.IsDigit(part[0]) ? Number(part) : Value(defined[part], defined);
        return sum;
    }

    private static int Number(string text)
        => text.StartsWith("0x", StringComparison.Ordinal) ? int.Parse(text.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)
        : int.Parse(text, CultureInfo.InvariantCulture);
}
