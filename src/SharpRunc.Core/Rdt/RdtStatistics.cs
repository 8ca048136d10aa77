using System.Collections.Generic;

namespace SharpRunc.Core.Rdt;

/// <summary>What a container's class may use, and what its monitoring group has counted. null and empty: the kernel or the processor does not have it.</summary>
internal sealed class RdtStatistics
{
    public L3CacheInfo? L3Cache;

    /// <summary>The line of the default class, and that of the container's: <c>L3:0=7f0;1=1f</c>.</summary>
    public string? L3CacheSchemaRoot, L3CacheSchema;

    public MemoryBandwidthInfo? MemoryBandwidth;

    /// <summary>As <see cref="L3CacheSchemaRoot"/>: <c>MB:0=20;1=70</c>.</summary>
    public string? MemBwSchemaRoot, MemBwSchema;

    /// <summary>All lines of the container's class.</summary>
    public string[] Schemata = [];

    /// <summary>One a cache (a NUMA node, on most machines), in the order of their numbers.</summary>
    public List<CacheCounters> Caches = [];

    /// <summary>Memory bandwidth, and occupancy, are among what this kernel counts.</summary>
    public bool CountsBandwidth, CountsOccupancy;
}

/// <summary>info/L3: the highest mask in hexadecimal, the fewest bits that a mask may have, and how many classes there can be.</summary>
internal sealed record L3CacheInfo(string CbmMask, ulong MinCbmBits, ulong NumClosids);

/// <summary>info/MB: percent, but for the number of classes and a flag.</summary>
internal sealed record MemoryBandwidthInfo(ulong BandwidthGran, ulong DelayLinear, ulong MinBandwidth, ulong NumClosids);

/// <summary>Bytes.</summary>
internal readonly record struct CacheCounters(ulong MbmTotalBytes, ulong MbmLocalBytes, ulong LlcOccupancy);
