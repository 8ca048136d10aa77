using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Rdt;

/// <summary>
/// config-linux.md#inteldrt as steps in resctrl(5): the class, what is written to it, and what is removed with the container.
/// <see cref="From"/> implements the specification's cases.
/// </summary>
internal sealed class RdtPlan
{
    private const string Root = "/", MonitorGroups = "mon_groups";

    /// <summary>
    /// The class's directory below the mount point: a name, or "" for the default class, which is the mount point itself.
    /// </summary>
    public required string Class { get; init; }

    /// <summary>No class was named: the directory belongs to the container and is removed with it.</summary>
    public required bool IsOwn { get; init; }

    /// <summary>The class must exist: without a schema in the config, only someone else can have configured it.</summary>
    public required bool MustExist { get; init; }

    /// <summary>What an existing class must contain: lines of L3 and MB.</summary>
    public required string[] Compared { get; init; }

    /// <summary>What is written to the file schemata in a single write; "" if it is not touched.</summary>
    public required string Schemata { get; init; }

    /// <summary>The monitoring group below the mount point; null: not monitored.</summary>
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

    /// <summary>The kernel requires a newline after each line.</summary>
    public static string Text(ReadOnlySpan<string> lines)
    {
        string text = "";
        foreach (string line in lines)
            text += line + "\n";
        return text;
    }
}
