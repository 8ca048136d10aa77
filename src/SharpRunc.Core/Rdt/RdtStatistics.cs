using System.Collections.Generic;

namespace SharpRunc.Core.Rdt;

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
