using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Tracing;

/// <summary>A command as a trace has it.</summary>
internal sealed record TracedCommand
{
    /// <summary>create, run, …</summary>
    public required string Command { get; init; }

    /// <summary>Of the container.</summary>
    public required string Id { get; init; }

    public required string Version { get; init; }

    /// <summary>The caller's span (W3C Trace Context); null: it named none.</summary>
    public string? TraceParent { get; init; }

    /// <summary>Why it failed; null: it did not.</summary>
    public string? Error { get; init; }

    /// <summary>Of the runtime.</summary>
    public int Pid { get; init; }

    /// <summary>Of the container's process, as the runtime sees it; 0: there was none.</summary>
    public int ChildPid { get; init; }

    /// <summary>How many steps there was no room for.</summary>
    public int Dropped { get; init; }

    public required List<TracedStep> Steps { get; init; }

    public long Start => Steps.Count == 0 ? 0 : Steps[0].Start;

    public long End
    {
        get
        {
            long end = Start;
            foreach (TracedStep step in Steps)
                end = Math.Max(end, step.End);
            return end;
        }
    }
}

/// <summary>The kinds of steps as a trace names them: the categories of its events.</summary>
internal static class TraceKindName
{
    private static ReadOnlySpan<TraceKind> All =>
    [
        TraceKind.Stage, TraceKind.OtherSide, TraceKind.Lock, TraceKind.Systemd, TraceKind.Hook, TraceKind.Criu, TraceKind.Kernel,
        TraceKind.Frozen,
    ];

    public static string Of(TraceKind kind) => kind switch
    {
        TraceKind.Stage => "stage",
        TraceKind.OtherSide => "other side",
        TraceKind.Lock => "lock",
        TraceKind.Systemd => "systemd",
        TraceKind.Hook => "hook",
        TraceKind.Criu => "criu",
        TraceKind.Frozen => "frozen cgroup",
        _ => "kernel",
    };

    /// <summary>null: no trace of ours has it.</summary>
    public static TraceKind? Find(string name)
    {
        foreach (TraceKind kind in All)
            if (Of(kind) == name)
                return kind;
        return null;
    }
}
