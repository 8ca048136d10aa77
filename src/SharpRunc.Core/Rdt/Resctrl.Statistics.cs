using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rdt;

using static SharpRunc.Linux.LibC.Libc;

// The container's statistics: kernel Documentation/filesystems/resctrl.rst.
internal sealed partial class Resctrl
{
    private const string L3 = "L3", Bandwidth = "MB", CacheDirectory = "mon_L3_";

    /// <summary>Includes other containers if this one shares its class and has no monitoring group. Empty if the class is gone.</summary>
    public RdtStatistics ReadStatistics(RdtPlan plan)
    {
        RdtStatistics statistics = new() { Schemata = Lines($"{PathOf(plan.Class)}/{Schemata}") };
        string[] root = Lines($"{mountPoint}/{Schemata}");
        // With separate code and data (mount option cdp) there is neither info/L3 nor a line L3.
        if (Exists("info/L3"))
        {
            statistics.L3Cache = new(Text($"{mountPoint}/info/L3/cbm_mask"), Number("info/L3/min_cbm_bits"), Number("info/L3/num_closids"));
            (statistics.L3CacheSchemaRoot, statistics.L3CacheSchema) = (Schema.Find(L3, root), Schema.Find(L3, statistics.Schemata));
        }
        if (Exists("info/MB"))
        {
            statistics.MemoryBandwidth = new(
                Number("info/MB/bandwidth_gran"),
                Number("info/MB/delay_linear"),
                Number("info/MB/min_bandwidth"),
                Number("info/MB/num_closids"));
            statistics.MemBwSchemaRoot = Schema.Find(Bandwidth, root);
            statistics.MemBwSchema = Schema.Find(Bandwidth, statistics.Schemata);
        }
        string[] features = Lines($"{mountPoint}/info/L3_MON/mon_features");
        statistics.CountsBandwidth = Array.Exists(features, static feature => feature is "mbm_total_bytes" or "mbm_local_bytes");
        statistics.CountsOccupancy = Array.IndexOf(features, "llc_occupancy") >= 0;
        if (statistics.CountsBandwidth || statistics.CountsOccupancy)
            ReadCaches((plan.Monitor ?? plan.Class) is { Length: > 0 } group ? group + "/mon_data" : "mon_data", statistics);
        return statistics;
    }

    private void ReadCaches(string below, RdtStatistics into)
    {
        using Fd? directory = Sys.TryOpenAt(Fd.Cwd, PathOf(below), O_RDONLY | O_DIRECTORY, out _);
        if (directory is null)
            return;
        List<string> listed = Sys.Subdirectories(directory, below);
        string[] caches = [.. listed.FindAll(static name => name.StartsWith(CacheDirectory, StringComparison.Ordinal))];
        Array.Sort(caches, StringComparer.Ordinal); // the kernel writes two digits
        foreach (string cache in caches)
        {
            ulong total = Number($"{below}/{cache}/mbm_total_bytes"), local = Number($"{below}/{cache}/mbm_local_bytes");
            into.Caches.Add(new(total, local, Number($"{below}/{cache}/llc_occupancy")));
        }
    }

    private static string[] Lines(string path)
        => Text(path).Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    /// <summary>0 for a value that is missing or cannot be counted at the moment (the kernel says Unavailable).</summary>
    private ulong Number(string name)
        => ulong.TryParse(Text(PathOf(name)), NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;

    /// <summary>The trimmed content; "" if there is no such file.</summary>
    private static string Text(string path)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY, out SysError error);
        if (file is null)
            return error.Errno is ENOENT or ENODEV ? "" : throw error.ToException();
        try
        {
            return KernelText.Decode(Sys.ReadAll(file, path)).Trim();
        }
        catch (SysException e) when (e.Errno is ENODEV or ENOENT) // the group was removed between the two calls
        {
            return "";
        }
    }
}

/// <summary>
/// The limits of a container's class, and the counts of its monitoring group. null and empty: not provided by the kernel or the CPU.
/// </summary>
internal sealed class RdtStatistics
{
    public L3CacheInfo? L3Cache;

    /// <summary>The line of the default class, and that of the container's, such as <c>L3:0=7f0;1=1f</c>.</summary>
    public string? L3CacheSchemaRoot, L3CacheSchema;

    public MemoryBandwidthInfo? MemoryBandwidth;

    /// <summary>As <see cref="L3CacheSchemaRoot"/>, such as <c>MB:0=20;1=70</c>.</summary>
    public string? MemBwSchemaRoot, MemBwSchema;

    /// <summary>All lines of the container's class.</summary>
    public string[] Schemata = [];

    /// <summary>One entry per cache (a NUMA node, on most machines), in numerical order.</summary>
    public List<CacheCounters> Caches = [];

    /// <summary>Whether this kernel counts memory bandwidth and occupancy.</summary>
    public bool CountsBandwidth, CountsOccupancy;
}

/// <summary>info/L3: the full mask in hexadecimal, the minimum number of bits in a mask, and the number of classes.</summary>
internal sealed record L3CacheInfo(string CbmMask, ulong MinCbmBits, ulong NumClosids);

/// <summary>info/MB: percentages, except for the number of classes and a flag.</summary>
internal sealed record MemoryBandwidthInfo(ulong BandwidthGran, ulong DelayLinear, ulong MinBandwidth, ulong NumClosids);

/// <summary>Bytes.</summary>
internal readonly record struct CacheCounters(ulong MbmTotalBytes, ulong MbmLocalBytes, ulong LlcOccupancy);
