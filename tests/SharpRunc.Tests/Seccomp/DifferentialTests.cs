using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux.Bpf;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// Our program and libseccomp's decide the same for every number of every architecture and for arguments around every
/// boundary. The deliberate differences:
/// <list type="bullet">
/// <item>Numbers above the highest that the profile names are ENOSYS (runc prepends this; here it is part of the program).</item>
/// <item>Programs of libseccomp's in which the accumulator is not what it compares: <see cref="Accumulator"/>, and RandomProfile.Anchor.</item>
/// <item>Rules of libseccomp's that share their tails: <see cref="SharesTails"/>.</item>
/// <item>Profiles that libseccomp refuses with EEXIST although their conditions differ, because halves of its comparisons coincide.</item>
/// <item>Names younger than the installed libseccomp are left out of both.</item>
/// </list>
/// </summary>
public class DifferentialTests
{
    private static readonly Architecture[] Architectures = [Architecture.X86_64, Architecture.X86, Architecture.X32];

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void An_engines_profile_decides_as_libseccomp_does(string file)
    {
        using Libseccomp libseccomp = new();
        Core.Spec.Seccomp profile = ProfileFile.Read(file);
        HashSet<uint>[] younger = LeaveOutYounger(profile, libseccomp);
        libseccomp.Add(profile);
        Instruction[] theirs = libseccomp.Compile()[0]!;
        Instruction[] ours = Verdict.Parse(SeccompCompiler.Compile(profile)!.Instructions);
        TestContext.Out.WriteLine($"{file}: {ours.Length} instructions, libseccomp {theirs.Length}");
        Assert.That(Differences(profile, ours, theirs, younger).Take(10), Is.Empty);
    }

    [Test]
    public void Random_profiles_decide_as_libseccomp_does([Range(1, 10)] int seed)
    {
        using Libseccomp libseccomp = new();
        Random random = new(seed);
        List<Core.Spec.Seccomp> profiles = [];
        for (int i = 0; i < 200; i++)
        {
            profiles.Add(RandomProfile.Next(random));
            libseccomp.Add(profiles[i]);
        }
        List<Instruction[]?> theirs = libseccomp.Compile();
        List<string> differences = [];
        int refused = 0, ambiguous = 0, accepted = 0, leaking = 0;
        for (int i = 0; i < profiles.Count; i++)
        {
            Instruction[]? ours = null;
            try
            {
                ours = Verdict.Parse(SeccompCompiler.Compile(profiles[i])!.Instructions);
            }
            catch (ContainerException)
            {
                refused++;
            }
            if (theirs[i] is { } program && Accumulator.IsAmbiguous(program))
                ambiguous++;
            else if (theirs[i] == null)
                accepted += ours == null ? 0 : 1;
            else if (ours == null)
                differences.Add($"we refused\n{RandomProfile.Describe(profiles[i])}");
            else if (Differences(profiles[i], ours, theirs[i]!, [[], [], []]).FirstOrDefault() is { } difference)
                if (SharesTails(profiles[i]))
                    leaking++;
                else
                    differences.Add($"{difference}\n{RandomProfile.Describe(profiles[i])}");
        }
        TestContext.Out.WriteLine($"{refused} of {profiles.Count} refused by us, {accepted} only by libseccomp; {ambiguous} + {leaking} miscompiled by libseccomp");
        Assert.That(differences, Is.Empty, $"{differences.Count} differ\n" + string.Join("\n", differences.OrderBy(d => d.Length).Take(6)));
    }

    /// <summary>Takes names out that the installed libseccomp is too old for; where it lacks one on some architecture only, that number is not compared.</summary>
    private static HashSet<uint>[] LeaveOutYounger(Core.Spec.Seccomp profile, Libseccomp libseccomp)
    {
        Dictionary<string, int[]> numbers = libseccomp.Numbers(profile.Syscalls.SelectMany(rule => rule.Names));
        foreach (SeccompRule rule in profile.Syscalls)
            rule.Names = rule.Names.Where(name => numbers[name][0] != -1).ToArray();
        HashSet<uint>[] younger = [[], [], []];
        foreach (string name in profile.Syscalls.SelectMany(rule => rule.Names))
            for (int i = 0; i < 3; i++)
                if (Architectures[i].Numbers[SyscallTable.Find(name)] is var number and >= 0 && numbers[name][i] < 0 && Multiplexed.Find(name) == null)
                    younger[i].Add(Architectures[i].NumberBase + (uint)number);
        return younger;
    }

    /// <summary>
    /// Two rules of one call begin with an order on, or unequality of, the same argument with the same high word and go on with
    /// other arguments: libseccomp then lets both share what follows, so that the second's follows the first's comparison too.
    /// </summary>
    private static bool SharesTails(Core.Spec.Seccomp profile)
    {
        static IEnumerable<(string, uint, ulong)> Heads(SeccompRule rule)
            => from name in rule.Names
               from arg in rule.Args
               where arg.Op is not ("SCMP_CMP_EQ" or "SCMP_CMP_MASKED_EQ") && rule.Args.Any(later => later.Index > arg.Index)
               select (name, arg.Index, arg.Value >> 32);

        return profile.Syscalls.SelectMany(rule => Heads(rule).Distinct()).GroupBy(head => head).Any(heads => heads.Count() > 1);
    }

    private static IEnumerable<string> Differences(Core.Spec.Seccomp profile, Instruction[] ours, Instruction[] theirs, HashSet<uint>[] younger)
    {
        uint otherwise = Decision.OfDefault(profile);
        bool newOnesFail = (otherwise & SECCOMP_RET_ACTION_FULL) is not (SECCOMP_RET_ALLOW or SECCOMP_RET_LOG or SECCOMP_RET_TRACE);
        bool listsX32 = profile.Architectures.Contains("SCMP_ARCH_X32");
        foreach (Architecture architecture in Architectures)
        {
            bool listed = ReferenceEquals(architecture, Architecture.Native) || profile.Architectures.Contains(architecture.Name);
            Dictionary<uint, List<ulong[]>> tried = Vectors(profile, architecture, out int highest);
            foreach (uint number in Numbers(architecture))
            {
                uint above = number - architecture.NumberBase;
                bool isNew = listed && newOnesFail && highest >= 0 && (above > (uint)highest) && !(architecture.Is64 && number >= X32_SYSCALL_BIT && !listsX32);
                if (architecture.Is64 && number >= X32_SYSCALL_BIT && listsX32 || younger[Array.IndexOf(Architectures, architecture)].Contains(number))
                    continue;
                foreach (ulong[] vector in tried.TryGetValue(number, out List<ulong[]>? more) ? more : [new ulong[6]])
                {
                    uint our = Verdict.Of(ours, architecture.Audit, number, vector);
                    uint their = isNew ? SECCOMP_RET_ERRNO | ENOSYS : Verdict.Of(theirs, architecture.Audit, number, vector);
                    if (our != their)
                        yield return $"{architecture.Name} {number:x}({string.Join(", ", vector.Select(v => v.ToString("x")))}): ours {our:x}, expected {their:x}";
                }
            }
        }
        foreach (uint foreign in new uint[] { 0, 0xC00000B7, 0x40000028 })
            if (Verdict.Of(ours, foreign, 0, []) != Verdict.Of(theirs, foreign, 0, []))
                yield return $"architecture {foreign:x}";
    }

    private static IEnumerable<uint> Numbers(Architecture architecture)
    {
        for (uint number = 0; number < 700; number++)
            yield return architecture.NumberBase + number;
        foreach (uint number in new uint[] { 0x3FFFFFFF, 0x40000000, 0x400001FF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, uint.MaxValue })
            if (architecture.NumberBase == 0 || number >= architecture.NumberBase + 700)
                yield return number;
    }

    /// <summary>For each number that the profile tests arguments of: vectors around all boundaries.</summary>
    private static Dictionary<uint, List<ulong[]>> Vectors(Core.Spec.Seccomp profile, Architecture architecture, out int highest)
    {
        Dictionary<uint, List<SeccompArg>> conditions = [];
        highest = -1;
        foreach (SeccompRule rule in profile.Syscalls)
            foreach (string name in rule.Names)
            {
                List<string> names = [name];
                if (architecture.Multiplexes && Multiplexed.Find(name) is var (through, _))
                    names.Add(through);
                foreach (string each in names)
                {
                    int number = architecture.Numbers[SyscallTable.Find(each)];
                    highest = Math.Max(highest, number);
                    if (number < 0)
                        continue;
                    if (!conditions.TryGetValue(architecture.NumberBase + (uint)number, out List<SeccompArg>? known))
                        conditions[architecture.NumberBase + (uint)number] = known = [];
                    known.AddRange(rule.Args);
                    if (each != name)
                        known.Add(new SeccompArg(0, (ulong)Multiplexed.Find(name)!.Value.Selector, 0, "SCMP_CMP_EQ"));
                }
            }
        Dictionary<uint, List<ulong[]>> vectors = [];
        foreach ((uint number, List<SeccompArg> args) in conditions)
        {
            ulong[][] values = new ulong[6][];
            for (uint i = 0; i < 6; i++)
                values[i] = args.Where(arg => arg.Index == i).SelectMany(Boundaries).Append(0ul).Select(v => architecture == Architecture.X86 ? (uint)v : v).Distinct().ToArray();
            vectors[number] = Product(values, new Random((int)number));
        }
        return vectors;
    }

    private static IEnumerable<ulong> Boundaries(SeccompArg arg)
    {
        foreach (ulong value in new[] { arg.Value, arg.ValueTwo, arg.ValueTwo & arg.Value, arg.ValueTwo | ~arg.Value })
            foreach (ulong near in new[] { value, value - 1, value + 1, value + (1ul << 32), value - (1ul << 32), (uint)value, value | 0xFFFFFFFF00000000, value & 0xFFFFFFFF00000000, value | 0xFFFFFFFF, ~value })
                yield return near;
        yield return ulong.MaxValue;
    }

    /// <summary>All combinations where they are few, a sample where they are many.</summary>
    private static List<ulong[]> Product(ulong[][] values, Random random)
    {
        long total = values.Aggregate(1L, (count, each) => Math.Min(count * each.Length, 1L << 40));
        const int limit = 2000;
        List<ulong[]> vectors = [];
        for (long i = 0; i < Math.Min(total, limit); i++)
        {
            long rest = total <= limit ? i : random.NextInt64(total);
            ulong[] vector = new ulong[6];
            for (int a = 0; a < 6; a++)
            {
                vector[a] = total <= limit ? values[a][rest % values[a].Length] : values[a][random.Next(values[a].Length)];
                rest /= values[a].Length;
            }
            vectors.Add(vector);
        }
        return vectors;
    }
}
