using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups.V2;

/// <summary>kernel Documentation/admin-guide/cgroup-v2.rst, cpu.stat: microseconds.</summary>
internal static class CpuCounters
{
    internal static void Read(CgroupDirectory cgroup, Statistics into)
    {
        KeyValuePair<string, ulong>[] stat = cgroup.Pairs("cpu.stat");
        into.Cpu.Total = stat.Of("usage_usec") * 1000;
        into.Cpu.User = stat.Of("user_usec") * 1000;
        into.Cpu.Kernel = stat.Of("system_usec") * 1000;
        into.Cpu.Periods = stat.Of("nr_periods");
        into.Cpu.ThrottledPeriods = stat.Of("nr_throttled");
        into.Cpu.ThrottledTime = stat.Of("throttled_usec") * 1000;
        into.Cpu.Pressure = cgroup.Pressure("cpu.pressure");
    }
}
