using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#control-groups.</summary>
internal static unsafe class ResourcesReader
{
    public static Resources Resources(ref JsonCursor json)
    {
        Resources resources = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("devices"u8)) resources.Devices = json.Array(&DeviceRule);
            else if (json.Is("memory"u8)) resources.Memory = Memory(ref json);
            else if (json.Is("cpu"u8)) resources.Cpu = Cpu(ref json);
            else if (json.Is("pids"u8)) resources.Pids = Pids(ref json);
            else if (json.Is("blockIO"u8)) resources.BlockIo = BlockIoReader.BlockIo(ref json);
            else if (json.Is("hugepageLimits"u8)) resources.HugepageLimits = json.Array(&HugepageLimit);
            else if (json.Is("network"u8)) resources.Network = Network(ref json);
            else if (json.Is("rdma"u8)) resources.Rdma = json.Map(&Rdma);
            else if (json.Is("unified"u8)) resources.Unified = json.StringMap();
            else json.Other(ref at);
        }
        return resources;
    }

    private static DeviceRule DeviceRule(ref JsonCursor json)
    {
        DeviceRule rule = new();
        bool? allow = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("allow"u8)) allow = json.Boolean();
            else if (json.Is("type"u8)) rule.Type = RuleTypeOf(ref json);
            else if (json.Is("major"u8)) rule.Major = NumberOrWildcard(ref json);
            else if (json.Is("minor"u8)) rule.Minor = NumberOrWildcard(ref json);
            else if (json.Is("access"u8)) rule.Access = json.String();
            else json.Other(ref at);
        }
        rule.Allow = allow ?? throw json.Missing(at, "allow");
        return rule;
    }

    private static char RuleTypeOf(ref JsonCursor json) => json.String() switch
    {
        "" or "a" => 'a',
        "c" => 'c',
        "b" => 'b',
        _ => throw json.Expected("one of a, b, c"),
    };

    /// <summary>−1 is how engines write what the specification writes by leaving it out.</summary>
    private static long? NumberOrWildcard(ref JsonCursor json) => json.Int64(-1, uint.MaxValue) is >= 0 and long number ? number : null;

    private static MemoryResources Memory(ref JsonCursor json)
    {
        MemoryResources memory = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("limit"u8)) memory.Limit = json.Int64();
            else if (json.Is("reservation"u8)) memory.Reservation = json.Int64();
            else if (json.Is("swap"u8)) memory.Swap = json.Int64();
            else if (json.Is("kernel"u8)) memory.Kernel = json.Int64();
            else if (json.Is("kernelTCP"u8)) memory.KernelTcp = json.Int64();
            else if (json.Is("swappiness"u8)) memory.Swappiness = json.UInt64();
            else if (json.Is("disableOOMKiller"u8)) memory.DisableOomKiller = json.Boolean();
            else if (json.Is("useHierarchy"u8)) memory.UseHierarchy = json.Boolean();
            else if (json.Is("checkBeforeUpdate"u8)) memory.CheckBeforeUpdate = json.Boolean();
            else json.Other(ref at);
        }
        return memory;
    }

    private static CpuResources Cpu(ref JsonCursor json)
    {
        CpuResources cpu = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("shares"u8)) cpu.Shares = json.UInt64();
            else if (json.Is("quota"u8)) cpu.Quota = json.Int64();
            else if (json.Is("burst"u8)) cpu.Burst = json.UInt64();
            else if (json.Is("period"u8)) cpu.Period = json.UInt64();
            else if (json.Is("realtimeRuntime"u8)) cpu.RealtimeRuntime = json.Int64();
            else if (json.Is("realtimePeriod"u8)) cpu.RealtimePeriod = json.UInt64();
            else if (json.Is("cpus"u8)) cpu.Cpus = json.OptionalString();
            else if (json.Is("mems"u8)) cpu.Mems = json.OptionalString();
            else if (json.Is("idle"u8)) cpu.Idle = json.Int64();
            else json.Other(ref at);
        }
        return cpu;
    }

    private static PidsResources Pids(ref JsonCursor json)
    {
        PidsResources pids = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("limit"u8)) pids.Limit = json.Int64();
            else json.Other(ref at);
        }
        return pids;
    }

    private static HugepageLimit HugepageLimit(ref JsonCursor json)
    {
        string? pageSize = null;
        ulong? limit = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("pageSize"u8)) pageSize = json.String();
            else if (json.Is("limit"u8)) limit = json.UInt64();
            else json.Other(ref at);
        }
        return new HugepageLimit(pageSize ?? throw json.Missing(at, "pageSize"), limit ?? throw json.Missing(at, "limit"));
    }

    private static NetworkResources Network(ref JsonCursor json)
    {
        NetworkResources network = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("classID"u8)) network.ClassId = json.UInt32();
            else if (json.Is("priorities"u8)) network.Priorities = json.Array(&Priority);
            else json.Other(ref at);
        }
        return network;
    }

    private static InterfacePriority Priority(ref JsonCursor json)
    {
        string? name = null;
        uint? priority = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("name"u8)) name = json.String();
            else if (json.Is("priority"u8)) priority = json.UInt32();
            else json.Other(ref at);
        }
        return new InterfacePriority(name ?? throw json.Missing(at, "name"), priority ?? throw json.Missing(at, "priority"));
    }

    private static RdmaLimit Rdma(ref JsonCursor json)
    {
        uint? handles = null, objects = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("hcaHandles"u8)) handles = json.UInt32();
            else if (json.Is("hcaObjects"u8)) objects = json.UInt32();
            else json.Other(ref at);
        }
        return new RdmaLimit(handles, objects);
    }
}
