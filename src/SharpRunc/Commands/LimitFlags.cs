using System;
using System.Globalization;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>update's flags, and the property of linux.resources that each stands for.</summary>
internal static class LimitFlags
{
    private static readonly (string Name, string Help, Action<Resources, string> Set)[] Table =
    [
        ("blkio-weight", "share of the disks: 1 to 1000", (r, v) => r.BlockIo!.Weight = ushort.TryParse(v, NumberStyles.None, CultureInfo.InvariantCulture, out ushort weight) ? weight : throw new FormatException("expected a whole number from 1 to 1000")),
        ("cpu-period", "microseconds that the quota is counted in", (r, v) => r.Cpu!.Period = Unsigned(v)),
        ("cpu-quota", "microseconds of all CPUs in a period; -1 is no limit", (r, v) => r.Cpu!.Quota = Signed(v)),
        ("cpu-burst", "microseconds that may be saved up for a later period", (r, v) => r.Cpu!.Burst = Unsigned(v)),
        ("cpu-share", "share of the CPUs, relative to other containers", (r, v) => r.Cpu!.Shares = Unsigned(v)),
        ("cpu-rt-period", "microseconds that the realtime runtime is counted in", (r, v) => r.Cpu!.RealtimePeriod = Unsigned(v)),
        ("cpu-rt-runtime", "microseconds of realtime scheduling in a period", (r, v) => r.Cpu!.RealtimeRuntime = Signed(v)),
        ("cpuset-cpus", "CPUs to use: 0-3,7", (r, v) => r.Cpu!.Cpus = v),
        ("cpuset-mems", "memory nodes to use: 0,1", (r, v) => r.Cpu!.Mems = v),
        ("cpu-idle", "1: only what nobody else wants", (r, v) => r.Cpu!.Idle = Signed(v)),
        ("memory", "limit of memory", (r, v) => r.Memory!.Limit = Size(v)),
        ("memory-reservation", "memory that is kept when it is short", (r, v) => r.Memory!.Reservation = Size(v)),
        ("memory-swap", "limit of memory and swap together", (r, v) => r.Memory!.Swap = Size(v)),
        ("pids-limit", "number of processes; -1 is no limit", (r, v) => r.Pids!.Limit = Signed(v)),
    ];

    public static readonly Flag[] All = Array.ConvertAll(Table, static row => new Flag(row.Name, '\0', FlagKind.Text, row.Help));

    /// <summary>The name of one that was given, or null.</summary>
    public static string? FirstOf(Invocation given) => Array.Find(All, flag => given.Text(flag.Name) is { Length: > 0 })?.Name;

    /// <summary>An empty value is none.</summary>
    public static Resources Resources(Invocation given)
    {
        Resources asked = new() { BlockIo = new(), Cpu = new(), Memory = new(), Pids = new() };
        foreach ((string name, _, Action<Resources, string> set) in Table)
            if (given.Text(name) is { Length: > 0 } value)
                try
                {
                    set(asked, value);
                }
                catch (FormatException e)
                {
                    throw new ContainerException($"invalid value for {name}: \"{value}\": {e.Message}", e);
                }
        return asked;
    }

    private static long Signed(string value)
        => long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) ? number : throw new FormatException("expected a whole number");

    private static ulong Unsigned(string value)
        => ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : throw new FormatException("expected a whole number from 0");

    private static long Size(string value) => ByteSize.Parse(value) ?? throw new FormatException("expected bytes, or a number with k, m, g, t or p behind it; -1 is no limit");
}
