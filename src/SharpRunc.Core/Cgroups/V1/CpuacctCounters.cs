using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>kernel Documentation/admin-guide/cgroup-v1/cpuacct.rst.</summary>
internal static class CpuacctCounters
{
    // cpuacct.stat is in clock ticks, which Linux reports as 100 per second on every machine.
    private const ulong NanosecondsPerTick = 10_000_000;

    internal static void Read(CgroupDirectory cpuacct, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cpuacct.Pairs("cpuacct.stat");
        into.Cpu.User = stat.Of("user") * NanosecondsPerTick;
        into.Cpu.Kernel = stat.Of("system") * NanosecondsPerTick;
        into.Cpu.Total = cpuacct.Number("cpuacct.usage");
        if (cpuacct.Lines("cpuacct.usage_percpu") is [var each, ..])
            into.Cpu.PerCpu = Array.ConvertAll(each, CounterFiles.Number);
        // "cpu user system", then one such line per CPU.
        string[][] all = Array.FindAll(cpuacct.Lines("cpuacct.usage_all"), static fields => fields.Length == 3 && char.IsAsciiDigit(fields[0][0]));
        into.Cpu.PerCpuUser = Array.ConvertAll(all, static fields => CounterFiles.Number(fields[1]));
        into.Cpu.PerCpuKernel = Array.ConvertAll(all, static fields => CounterFiles.Number(fields[2]));
    }
}
