using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Rdt;

/// <summary>config-linux.md#inteldrt as it is done in resctrl(5): which class, what is written to it, what goes with the container. The table of the specification's sentences is in <see cref="From"/>.</summary>
internal sealed class RdtPlan
{
    private const string Root = "/", MonitorGroups = "mon_groups";

    /// <summary>The class's directory below the mount point: a name, or "" for the default class, which is the mount point.</summary>
    public required string Class { get; init; }

    /// <summary>No class was named: the directory is the container's, and goes with it.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>A class without a schema was configured by somebody else, or does not exist.</summary>
    public required bool MustExist { get; init; }

    /// <summary>What a class that exists must have: lines of L3 and MB.</summary>
    public required string[] Compared { get; init; }

    /// <summary>What is written to the file schemata, in one piece; "" where it is not touched.</summary>
    public required string Schemata { get; init; }

    /// <summary>Below the mount point; null: not monitored.</summary>
    public required string? Monitor { get; init; }

    public static RdtPlan From(IntelRdt rdt, string id)
    {
        string name = rdt.ClosId switch { null => id, Root => "", var named => named };
        List<string> compared = [];
        foreach (string? schema in (string?[])[rdt.L3CacheSchema, rdt.MemBwSchema])
            if (schema is not null)
                compared.Add(schema);
        string[] written = [.. compared, .. rdt.Schemata];
        string groups = name.Length == 0 ? MonitorGroups : $"{name}/{MonitorGroups}";
        return new()
        {
            Class = name,
            IsOwn = rdt.ClosId is null,
            MustExist = rdt.ClosId is not null && written.Length == 0,
            Compared = [.. compared],
            Schemata = Text(written),
            Monitor = rdt.EnableMonitoring ? $"{groups}/{id}" : null,
        };
    }

    /// <summary>The kernel wants a newline behind each line.</summary>
    public static string Text(ReadOnlySpan<string> lines)
    {
        string text = "";
        foreach (string line in lines)
            text += line + "\n";
        return text;
    }
}
