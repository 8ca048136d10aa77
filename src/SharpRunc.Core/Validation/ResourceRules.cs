using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config-linux.md#control-groups, from a config.json (pointer <c>/linux/resources</c>) or from update's resources (pointer "").
/// </summary>
internal static class ResourceRules
{
    public static void Check(Resources resources, string pointer, ValidationContext ctx)
    {
        DeviceRulesHavePossibleNumbersAndAccess(resources, pointer, ctx);
        if (resources.Memory is not null)
        {
            LimitsAreBytesOrMinusOne(resources.Memory, pointer);
            KernelMemoryIsNoLongerLimited(resources.Memory, pointer, ctx);
        }
        if (resources.Cpu is not null)
            CpuValuesMustBePossible(resources.Cpu, pointer);
        if (resources.Pids?.Limit is < -1)
            throw Rule.Broken($"{pointer}/pids/limit", $"expected -1 (no limit) or more; got {resources.Pids.Limit}");
        if (resources.BlockIo is not null)
            BlockIoRules.Check(resources.BlockIo, pointer);
        PageSizesMustBeInKilobytesMegabytesOrGigabytes(resources, pointer);
        InterfacePrioritiesNeedNames(resources, pointer);
        EachRdmaEntryMustHaveAtLeastOneLimit(resources, pointer);
        UnifiedKeysAreFileNames(resources, pointer);
    }

    /// <summary>
    /// config-linux.md#allowed-device-list. For a rule that covers all devices (type a), access is ignored; for any other rule an empty
    /// access is meaningless. Letters that are no access are ignored with a warning, as in other runtimes.
    /// </summary>
    private static void DeviceRulesHavePossibleNumbersAndAccess(Resources resources, string pointer, ValidationContext ctx)
    {
        for (int i = 0; i < resources.Devices.Length; i++)
        {
            DeviceRule rule = resources.Devices[i];
            if (rule.Access.Length == 0 && rule.Type != 'a')
                throw Rule.Broken($"{pointer}/devices/{i}/access", "expected some of r, w and m; got \"\"");
            if (rule.Access.AsSpan().ContainsAnyExcept("rwm") && rule.Type != 'a')
                ctx.Warnings.Add($"{pointer}/devices/{i}/access: only r, w and m are valid; the rest of \"{rule.Access}\" is ignored");
            DeviceNumberRules.Check(rule.Major, rule.Minor, $"{pointer}/devices/{i}");
        }
    }

    /// <summary>
    /// config-linux.md#memory: kernel is NOT RECOMMENDED; Linux counts kernel memory within limit, and since 5.16 has no separate limit for
    /// it.
    /// </summary>
    private static void KernelMemoryIsNoLongerLimited(MemoryResources memory, string pointer, ValidationContext ctx)
    {
        if (memory.Kernel > 0)
            ctx.Warnings.Add($"{pointer}/memory/kernel: "
                + "since Linux 5.16 kernel memory cannot be limited separately: use memory.limit, which includes it");
    }

    private static void LimitsAreBytesOrMinusOne(MemoryResources memory, string pointer)
    {
        MustBeBytesOrMinusOne(memory.Limit, pointer, "limit");
        MustBeBytesOrMinusOne(memory.Reservation, pointer, "reservation");
        MustBeBytesOrMinusOne(memory.Swap, pointer, "swap");
        MustBeBytesOrMinusOne(memory.Kernel, pointer, "kernel");
        MustBeBytesOrMinusOne(memory.KernelTcp, pointer, "kernelTCP");
        if (memory.Swappiness > 100)
            throw Rule.Broken($"{pointer}/memory/swappiness", $"expected an integer from 0 to 100; got {memory.Swappiness}");
    }

    private static void MustBeBytesOrMinusOne(long? bytes, string pointer, string property)
    {
        if (bytes < -1)
            throw Rule.Broken($"{pointer}/memory/{property}", $"expected -1 (no limit) or a number of bytes; got {bytes}");
    }

    /// <summary>config-linux.md#cpu: burst is at most quota, idle is 0 or 1.</summary>
    private static void CpuValuesMustBePossible(CpuResources cpu, string pointer)
    {
        if (cpu is { Quota: > 0 } && cpu.Burst > (ulong)cpu.Quota)
            throw Rule.Broken($"{pointer}/cpu/burst", $"{cpu.Burst} is above the quota, {cpu.Quota}");
        if (cpu.Idle is < 0 or > 1)
            throw Rule.Broken($"{pointer}/cpu/idle", $"expected 0 or 1; got {cpu.Idle}");
        Rule.MustBeKernelList($"{pointer}/cpu/cpus", cpu.Cpus, KernelNames.MaxCpus);
        Rule.MustBeKernelList($"{pointer}/cpu/mems", cpu.Mems, KernelNames.MaxNodes);
    }

    /// <summary>"pageSize … MUST be of the form &lt;size&gt;&lt;unit-prefix&gt;B (64KB, 2MB, 1GB)".</summary>
    private static void PageSizesMustBeInKilobytesMegabytesOrGigabytes(Resources resources, string pointer)
    {
        for (int i = 0; i < resources.HugepageLimits.Length; i++)
        {
            string size = resources.HugepageLimits[i].PageSize;
            if (!IsPageSize(size))
                throw Rule.Broken($"{pointer}/hugepageLimits/{i}/pageSize", $"expected a size like 64KB, 2MB, 1GB; got \"{size}\"");
        }
    }

    private static bool IsPageSize(ReadOnlySpan<char> size)
    {
        if (size.Length < 3 || size[0] is < '1' or > '9')
            return false;
        bool hasUnit = size[^1] == 'B' && size[^2] is 'K' or 'M' or 'G';
        return hasUnit && !size[..^2].ContainsAnyExceptInRange('0', '9');
    }

    private static void InterfacePrioritiesNeedNames(Resources resources, string pointer)
    {
        if (resources.Network is not { } network)
            return;
        for (int i = 0; i < network.Priorities.Length; i++)
        {
            string name = network.Priorities[i].Name;
            if (name.Length == 0 || name.AsSpan().ContainsAny(" \n"))
                throw Rule.Broken($"{pointer}/network/priorities/{i}/name", $"expected the name of a network device; got \"{name}\"");
        }
    }

    /// <summary>config-linux.md#rdma: "You MUST specify at least one of the hcaHandles or hcaObjects in a given entry".</summary>
    private static void EachRdmaEntryMustHaveAtLeastOneLimit(Resources resources, string pointer)
    {
        foreach ((string device, RdmaLimit limit) in resources.Rdma)
            if (limit.HcaHandles is null && limit.HcaObjects is null)
                throw Rule.Broken($"{pointer}/rdma/{JsonPointer.Escape(device)}", "at least one of hcaHandles and hcaObjects is required");
    }

    /// <summary>GHSA-5g49-rx9x-qfc6: a key is a file in the container's cgroup, never a path that leads out of it.</summary>
    private static void UnifiedKeysAreFileNames(Resources resources, string pointer)
    {
        foreach ((string key, _) in resources.Unified)
            if (key is "" or "." or ".." || key.Contains('/'))
                throw Rule.Broken($"{pointer}/unified/{JsonPointer.Escape(key)}", $"\"{key}\" must be the name of a file in the cgroup");
    }
}

/// <summary>
/// config-linux.md#block-io: engines write a weight of 0 for none. BFQ takes 1 to 1000; 10 was the minimum of CFQ, which left the kernel in
/// 5.0.
/// </summary>
internal static class BlockIoRules
{
    private const ushort MinWeight = 1, MaxWeight = 1000;

    public static void Check(BlockIoResources io, string pointer)
    {
        MustBeWeight(io.Weight, pointer, "blockIO/weight");
        MustBeWeight(io.LeafWeight, pointer, "blockIO/leafWeight");
        for (int i = 0; i < io.WeightDevice.Length; i++)
            EachDeviceMustHaveAtLeastOneWeight(io.WeightDevice[i], $"{pointer}/blockIO/weightDevice/{i}");
        (string Name, ThrottleDevice[] Devices)[] throttles =
        [
            ("throttleReadBpsDevice", io.ThrottleReadBpsDevice), ("throttleWriteBpsDevice", io.ThrottleWriteBpsDevice),
            ("throttleReadIOPSDevice", io.ThrottleReadIopsDevice), ("throttleWriteIOPSDevice", io.ThrottleWriteIopsDevice),
        ];
        foreach ((string name, ThrottleDevice[] devices) in throttles)
            for (int i = 0; i < devices.Length; i++)
                DeviceNumberRules.Check(devices[i].Major, devices[i].Minor, $"{pointer}/blockIO/{name}/{i}");
    }

    /// <summary>"You MUST specify at least one of weight or leafWeight in a given entry".</summary>
    private static void EachDeviceMustHaveAtLeastOneWeight(WeightDevice device, string pointer)
    {
        DeviceNumberRules.Check(device.Major, device.Minor, pointer);
        if (device.Weight is null && device.LeafWeight is null)
            throw Rule.Broken(pointer, "at least one of weight and leafWeight is required");
        MustBeWeight(device.Weight, pointer, "weight");
        MustBeWeight(device.LeafWeight, pointer, "leafWeight");
    }

    private static void MustBeWeight(ushort? weight, string pointer, string property)
    {
        if (weight > MaxWeight)
            throw Rule.Broken($"{pointer}/{property}", $"expected an integer from {MinWeight} to {MaxWeight}; got {weight}");
    }
}

/// <summary>
/// The kernel's dev_t has 12 bits for the major and 20 for the minor. A larger number names no device, but the kernel's own parsers
/// truncate it, or replace it by the maximum.
/// </summary>
internal static class DeviceNumberRules
{
    private const int MaxMajor = 0xFFF, MaxMinor = 0xFFFFF;

    /// <param name="major">null, in a rule: all.</param>
    /// <param name="minor">null, in a rule: all.</param>
    /// <param name="pointer">Points to the object that has major and minor.</param>
    public static void Check(long? major, long? minor, string pointer)
    {
        if (major is < 0 or > MaxMajor)
            throw Rule.Broken($"{pointer}/major", $"expected an integer from 0 to {MaxMajor}; got {major}");
        if (minor is < 0 or > MaxMinor)
            throw Rule.Broken($"{pointer}/minor", $"expected an integer from 0 to {MaxMinor}; got {minor}");
    }
}
