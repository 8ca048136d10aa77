using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// Our program and libseccomp's decide the same for every number of every architecture and for arguments around every
/// boundary. The deliberate differences:
/// <list type="bullet">
/// <item>
/// Numbers above the highest that the profile names are ENOSYS, and so is 0 on s390 (runc prepends this; here it is part of the program).
/// On arm those are also the numbers between the highest that is named and arm's own range, where runc's comparison with the highest of all
/// ends. </item> <item>Architectures of both byte orders may be listed in one profile; libseccomp refuses.</item> <item> What libseccomp
/// (2.5) decides although no rule and no default says so: <see cref="Differences.Miscompiled"/>; in some programs the accumulator is not
/// what they compare, in others rules share their tails. See also RandomProfile.Anchor. </item> <item>Which of several rules wins, where
/// they share a comparison: <see cref="Differences.Shared"/>.</item> <item> A contradiction that libseccomp does not see, because it pruned
/// the earlier one of the two: when one rule names a selecting call (socketcall, ipc) and one that it selects, with conditions. </item>
/// <item>Profiles that libseccomp refuses with EEXIST although their conditions differ, because halves of its comparisons coincide.</item>
/// <item>Names, and architectures, younger than the installed libseccomp are left out of both.</item> </list>
/// </summary>
public class DifferentialTests
{
    private const int Batch = 1000;

    private static readonly string[] Machines = ["X86_64", "X86_64", "AARCH64", "ARM", "RISCV64", "LOONGARCH64", "PPC64LE", "MIPSEL64",
        "S390X", "PPC64", "MIPS", "PARISC64"];

    /// <summary>Architectures that the installed libseccomp knows.</summary>
    private static Architecture[] _known = [];

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void An_engines_profile_decides_as_libseccomp_does(string file)
    {
        using Libseccomp libseccomp = Oracle.Open();
        Core.Spec.Seccomp profile = ProfileFile.Read(file);
        IReadOnlySet<(Architecture, uint)> younger = Younger(libseccomp, profile.Syscalls.SelectMany(rule => rule.Names).Distinct()
            .ToArray(), out HashSet<string> unknown);
        profile =
            profile with
            {
                Syscalls =
                [.. profile.Syscalls.Select(rule => rule with { Names = [.. rule.Names.Where(name => !unknown.Contains(name))] })]
            };
        foreach (Architecture native in _known.Where(architecture => architecture != Architecture.X32))
            libseccomp.Add(Ported(profile, native), native);
        Instruction[]?[] lists = libseccomp.Compile(), trees = libseccomp.Compile(tree: true);
        int at = 0;
        foreach (Architecture native in _known.Where(architecture => architecture != Architecture.X32))
        {
            Instruction[] ours = Verdict.Parse(SeccompCompiler.Compile(Ported(profile, native), native)!.Instructions);
            TestContext.Out.WriteLine(
                $"{file} on {native.Name}: {ours.Length} instructions, libseccomp {lists[at]!.Length}, as a tree {trees[at]!.Length}");
            Differences differences = new(Ported(profile, native), native, younger);
            Assert.That(differences.Of(ours, lists[at]!).Take(10), Is.Empty, native.Name);
            Assert.That(differences.Of(ours, trees[at++]!).Take(10), Is.Empty, native.Name + ", tree");
        }
    }

    [Test]
    public void Random_profiles_decide_as_libseccomp_does([Range(1, 20)] int seed)
    {
        using Libseccomp libseccomp = Oracle.Open();
        IReadOnlySet<(Architecture, uint)> younger = Younger(libseccomp, RandomProfile.Names, out _);
        Random random = new(seed);
        (Core.Spec.Seccomp Profile, Architecture Native)[] profiles = new (Core.Spec.Seccomp, Architecture)[Batch];
        Architecture[] machines = _known.Where(architecture => Machines.Contains(architecture.Name["SCMP_ARCH_".Length..]))
            .Concat(Enumerable.Repeat(Architecture.X86_64, 5)).ToArray();
        for (int i = 0; i < Batch; i++)
        {
            Architecture native = machines[random.Next(machines.Length)];
            string[] others = native == Architecture.X86_64 && random.Next(2) == 0
                ? ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]
                : _known.Where(architecture => architecture.IsBigEndian == native.IsBigEndian).Select(architecture => architecture.Name)
                .ToArray();
            profiles[i] = (RandomProfile.Next(random, others), native);
            libseccomp.Add(profiles[i].Profile, native);
        }
        Instruction[]?[] theirs = libseccomp.Compile(tree: seed % 2 == 0);
        ConcurrentBag<string> differences = [];
        int refused = 0, accepted = 0, miscompiled = 0, shared = 0;
        Parallel.For(0, Batch, i =>
        {
            (Core.Spec.Seccomp profile, Architecture native) = profiles[i];
            Instruction[]? ours = Compile(profile, native);
            if (ours == null)
                Interlocked.Increment(ref refused);
            if (ours == null || theirs[i] == null)
            {
                if (theirs[i] != null && !NamesSelector(profile))
                    differences.Add($"{native.Name}: we refused ({Refusal(profile, native)})\n{RandomProfile.Describe(profile)}");
                else if (ours != null)
                    Interlocked.Increment(ref accepted);
                return;
            }
            Differences between = new(profile, native, younger);
            if (between.Of(ours, theirs[i]!).FirstOrDefault() is { } difference)
                differences.Add($"{native.Name}: {difference}\n{RandomProfile.Describe(profile)}");
            Interlocked.Add(ref miscompiled, Math.Min(1, between.Miscompiled));
            Interlocked.Add(ref shared, Math.Min(1, between.Shared));
        });
        TestContext.Out.WriteLine($"{refused} of {Batch} refused by us, {accepted} only by libseccomp, which "
            + $"miscompiled {miscompiled} and let {shared} have another precedence");
        Assert.That(differences, Is.Empty, $"{differences.Count} differ\n" + string.Join("\n", differences.OrderBy(d => d.Length).Take(6)));
    }

    /// <summary>libseccomp's tables, which ours come from in a newer state: what it knows, it knows by our numbers.</summary>
    [Test]
    public void Every_number_that_libseccomp_knows_is_ours()
    {
        using Libseccomp libseccomp = Oracle.Open();
        string[] names = Enumerable.Range(0, SyscallTable.Count).Select(SyscallTable.Name).ToArray();
        Dictionary<Architecture, int[]?> theirs = libseccomp.Numbers(Architecture.All, names);
        List<string> differences = [];
        int compared = 0;
        foreach (Architecture architecture in Architecture.All)
            for (int i = 0; i < names.Length; i++)
                // 2.5 gave it 32-bit calls
                if (theirs[architecture]?[i] is >= 0 and var their && !(architecture.Name == "SCMP_ARCH_PARISC64" && names[i] == "_llseek"))
                {
                    compared++;
                    if ((int)architecture.NumberBase + architecture.Number(i) != their)
                        differences.Add($"{architecture.Name} {names[i]}: ours {architecture.Number(i)}, theirs {their}");
                }
        Assert.That(compared, Is.GreaterThan(6000));
        Assert.That(differences, Is.Empty, string.Join("\n", differences));
    }

    /// <summary>The profile as a machine of this architecture would get it: with its other ABIs, as Docker lists them.</summary>
    private static Core.Spec.Seccomp Ported(Core.Spec.Seccomp profile, Architecture native) => new()
    {
        DefaultAction = profile.DefaultAction,
        DefaultErrnoRet = profile.DefaultErrnoRet,
        Syscalls = profile.Syscalls,
        Architectures = native == Architecture.Native ? profile.Architectures : native.Name switch
        {
            "SCMP_ARCH_AARCH64" => ["SCMP_ARCH_ARM"],
            "SCMP_ARCH_MIPS64" => ["SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64N32"],
            "SCMP_ARCH_MIPSEL64" => ["SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64N32"],
            "SCMP_ARCH_S390X" => ["SCMP_ARCH_S390"],
            _ => [],
        },
    };

    private static Instruction[]? Compile(Core.Spec.Seccomp profile, Architecture native)
    {
        try
        {
            return Verdict.Parse(SeccompCompiler.Compile(profile, native)!.Instructions);
        }
        catch (ContainerException)
        {
            return null;
        }
    }

    private static bool NamesSelector(Core.Spec.Seccomp profile)
        => profile.Syscalls.Any(
            rule => rule.Names.Any(name => name is "socketcall" or "ipc") && rule.Names.Any(name => Multiplexed.Find(name) != null));

    private static string Refusal(Core.Spec.Seccomp profile, Architecture native)
        => Assert.Throws<ContainerException>(() => SeccompCompiler.Compile(profile, native))!.Message;

    /// <summary>Numbers that the installed libseccomp is too old for, and names that it does not know at all.</summary>
    private static HashSet<(Architecture, uint)> Younger(Libseccomp libseccomp, string[] names, out HashSet<string> unknown)
    {
        Dictionary<Architecture, int[]?> theirs = libseccomp.Numbers(Architecture.All, names);
        _known = Architecture.All.Where(architecture => theirs[architecture] != null).ToArray();
        unknown = names.Where((_, i) => theirs[Architecture.Native]![i] == -1).ToHashSet();
        HashSet<(Architecture, uint)> younger = [];
        foreach (Architecture architecture in _known)
            for (int i = 0; i < names.Length; i++)
                if (architecture.Number(SyscallTable.Find(names[i])) is >= 0 and var number && theirs[architecture]![i] < 0
                    && !(architecture.Multiplexes && Multiplexed.Find(names[i]) != null))
                    younger.Add((architecture, architecture.NumberBase + (uint)number));
        return younger;
    }
}
