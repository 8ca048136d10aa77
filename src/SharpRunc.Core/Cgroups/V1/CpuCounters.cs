using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>kernel Documentation/scheduler/sched-bwc.rst: throttled_time is in nanoseconds.</summary>
internal static class CpuCounters
{
    internal static void Read(CgroupDirectory cpu, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cpu.Pairs("cpu.stat");
        into.Cpu.Periods = stat.Of("nr_periods");
        into.Cpu.ThrottledPeriods = stat.Of("nr_throttled");
        into.Cpu.ThrottledTime = stat.Of("throttled_time");
    }
}
