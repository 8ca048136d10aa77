using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What real programs call on x86_64, and how many instructions a filter runs for it: see Data/seccomp/syscall-mix.tsv.</summary>
internal static class SyscallMix
{
    /// <summary>Arguments of the calls that engines' profiles look into, as these programs made them; for all others none matter.</summary>
    private static readonly Dictionary<string, ulong[]> Arguments = new()
    {
        ["clone"] = [0x01200011], // fork(3) of glibc
        ["socket"] = [2, 1],
        ["personality"] = [0xFFFFFFFF],
    };

    /// <summary>Number, arguments, and share of all calls.</summary>
    private static readonly List<(uint Number, ulong[] Arguments, double Share)> Calls = Read();

    /// <summary>Instructions for the average call.</summary>
    public static double Executed(Instruction[] program)
    {
        double average = 0;
        foreach ((uint number, ulong[] arguments, double share) in Calls)
        {
            Verdict.Of(program, AUDIT_ARCH_X86_64, number, arguments, out int executed);
            average += share * executed;
        }
        return average;
    }

    private static List<(uint, ulong[], double)> Read()
    {
        List<(string Workload, string Name, double Count)> lines =
            File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Data/seccomp/syscall-mix.tsv"))
            .Where(line => !line.StartsWith('#')).Select(line => line.Split('\t'))
            .Select(cells => (cells[0], cells[1], double.Parse(cells[2], CultureInfo.InvariantCulture))).ToList();
        Dictionary<string, double> totals = lines.GroupBy(line => line.Workload)
            .ToDictionary(group => group.Key, group => group.Sum(line => line.Count));
        return lines.ConvertAll(
            line => ((uint)Architecture.X86_64.Number(SyscallTable.Find(line.Name)), Arguments.GetValueOrDefault(line.Name, []),
            line.Count / totals[line.Workload] / totals.Count));
    }
}
