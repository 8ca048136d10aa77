using System;
using System.Globalization;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>update's flags, and the properties of linux.resources that they stand for.</summary>
internal static class LimitFlags
{
    private static readonly (string Name, string Help)[] Table =
    [
        ("blkio-weight", "share of the disks: 1 to 1000"),
        ("cpu-period", "microseconds that the quota is counted in"),
        ("cpu-quota", "microseconds of all CPUs in a period; -1 is no limit"),
        ("cpu-burst", "microseconds that may be saved up for a later period"),
        ("cpu-share", "share of the CPUs, relative to other containers"),
        ("cpu-rt-period", "microseconds that the realtime runtime is counted in"),
        ("cpu-rt-runtime", "microseconds of realtime scheduling in a period"),
        ("cpuset-cpus", "CPUs to use: 0-3,7"),
        ("cpuset-mems", "memory nodes to use: 0,1"),
        ("cpu-idle", "1: run only when the CPU is otherwise idle"),
        ("memory", "limit of memory"),
        ("memory-reservation", "memory that is kept when it is short"),
        ("memory-swap", "limit of memory and swap together"),
        ("pids-limit", "number of processes; -1 is no limit"),
    ];

    public static readonly Flag[] All = Array.ConvertAll(Table, static row => new Flag(row.Name, '\0', FlagKind.Text, row.Help));

    /// <summary>The name of one of these flags that was given, or null.</summary>
    public static string? FirstOf(Invocation given) => Array.Find(All, flag => given.Text(flag.Name) is { Length: > 0 })?.Name;

    public static Resources Resources(Invocation given) => new()
    {
        BlockIo = new() { Weight = Value(given, "blkio-weight", Weight) },
        Cpu = new()
        {
            Period = Value(given, "cpu-period", Unsigned),
            Quota = Value(given, "cpu-quota", Signed),
            Burst = Value(given, "cpu-burst", Unsigned),
            Shares = Value(given, "cpu-share", Unsigned),
            RealtimePeriod = Value(given, "cpu-rt-period", Unsigned),
            RealtimeRuntime = Value(given, "cpu-rt-runtime", Signed),
            Cpus = Text(given, "cpuset-cpus"),
            Mems = Text(given, "cpuset-mems"),
            Idle = Value(given, "cpu-idle", Signed),
        },
        Memory = new()
        {
            Limit = Value(given, "memory", Size),
            Reservation = Value(given, "memory-reservation", Size),
            Swap = Value(given, "memory-swap", Size),
        },
        Pids = new() { Limit = Value(given, "pids-limit", Signed) },
    };

    /// <summary>Ignores empty values.</summary>
    private static string? Text(Invocation given, string name) => given.Text(name) is { Length: > 0 } value ? value : null;

    private static T? Value<T>(Invocation given, string name, Func<string, T> parse)
        where T : struct
    {
        if (Text(given, name) is not { } value)
            return null;
        try
        {
            return parse(value);
        }
        catch (FormatException e)
        {
            throw new ContainerException(ErrorCode.UsageValue, $"invalid value for {name}: \"{value}\": {e.Message}", e);
        }
    }

    private static ushort Weight(string value)
    {
        if (ushort.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ushort weight))
            return weight;
        throw new FormatException("expected a whole number from 1 to 1000");
    }

    private static long Signed(string value)
    {
        if (long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number))
            return number;
        throw new FormatException("expected a whole number");
    }

    private static ulong Unsigned(string value)
    {
        if (ulong.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            return number;
        throw new FormatException("expected a whole number from 0");
    }

    private static long Size(string value)
        => ByteSize.Parse(value)
            ?? throw new FormatException("expected a number of bytes, or one followed by k, m, g, t or p; -1 is no limit");
}
