using System;
using System.Collections.Generic;
using System.Linq;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

/// <summary>For each number of an architecture whose arguments a profile tests: arguments around all boundaries.</summary>
internal sealed class ArgumentVectors
{
    private const int Most = 2000;

    private static readonly List<ulong[]> None = [new ulong[6]];

    private readonly Dictionary<uint, List<ulong[]>> _vectors = [];

    public ArgumentVectors(Core.Spec.Seccomp profile, Architecture architecture)
    {
        foreach ((uint number, List<SeccompArg> args) in Conditions(profile, architecture))
        {
            ulong[][] values = new ulong[6][];
            for (uint i = 0; i < 6; i++)
                values[i] = args.Where(arg => arg.Index == i).SelectMany(Boundaries).Append(0ul)
                    .Select(v => architecture.Is64 ? v : (uint)v).Distinct().ToArray();
            _vectors[number] = Product(values, new Random((int)number));
        }
    }

    /// <param name="number">With the architecture's base.</param>
    public List<ulong[]> Of(uint number) => _vectors.GetValueOrDefault(number, None);

    private static Dictionary<uint, List<SeccompArg>> Conditions(Core.Spec.Seccomp profile, Architecture architecture)
    {
        Dictionary<uint, List<SeccompArg>> conditions = [];
        foreach (SeccompRule rule in profile.Syscalls)
            foreach (string name in rule.Names)
            {
                Add(name, rule.Args);
                if (architecture.Multiplexes && Multiplexed.Find(name) is var (through, selector))
                    Add(through, [.. rule.Args, new SeccompArg(0, selector, 0, "SCMP_CMP_EQ")]);
            }
        return conditions;

        void Add(string name, SeccompArg[] args)
        {
            int number = architecture.Number(SyscallTable.Find(name));
            if (number < 0)
                return;
            uint at = architecture.NumberBase + (uint)number;
            if (!conditions.TryGetValue(at, out List<SeccompArg>? known))
                conditions[at] = known = [];
            known.AddRange(args);
        }
    }

    private static IEnumerable<ulong> Boundaries(SeccompArg arg)
    {
        foreach (ulong value in new[] { arg.Value, arg.ValueTwo, arg.ValueTwo & arg.Value, arg.ValueTwo | ~arg.Value })
            foreach (ulong near in new[] { value, value - 1, value + 1, value + (1ul << 32), value - (1ul << 32), (uint)value,
                value | 0xFFFFFFFF00000000, value & 0xFFFFFFFF00000000, value | 0xFFFFFFFF, ~value })
                yield return near;
        yield return ulong.MaxValue;
    }

    /// <summary>All combinations where they are few, a sample where they are many.</summary>
    private static List<ulong[]> Product(ulong[][] values, Random random)
    {
        long total = values.Aggregate(1L, (count, each) => Math.Min(count * each.Length, 1L << 40));
        List<ulong[]> vectors = [];
        for (long i = 0; i < Math.Min(total, Most); i++)
        {
            long rest = i;
            ulong[] vector = new ulong[6];
            for (int a = 0; a < 6; a++)
            {
                vector[a] = total <= Most ? values[a][rest % values[a].Length] : values[a][random.Next(values[a].Length)];
                rest /= values[a].Length;
            }
            vectors.Add(vector);
        }
        return vectors;
    }
}
