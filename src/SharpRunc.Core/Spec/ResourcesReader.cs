using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md#control-groups.</summary>
internal static unsafe class ResourcesReader
{
    public static Resources Resources(ref JsonCursor json)
    {
        DeviceRule[] devices = [];
        MemoryResources? memory = null;
        CpuResources? cpu = null;
        PidsResources? pids = null;
        BlockIoResources? blockIo = null;
        HugepageLimit[] hugepageLimits = [];
        NetworkResources? network = null;
        KeyValuePair<string, RdmaLimit>[] rdma = [];
        KeyValuePair<string, string>[] unified = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("devices"u8)) devices = json.Array(&DeviceRule);
            else if (json.Is("memory"u8)) memory = Memory(ref json);
            else if (json.Is("cpu"u8)) cpu = Cpu(ref json);
            else if (json.Is("pids"u8)) pids = Pids(ref json);
            else if (json.Is("blockIO"u8)) blockIo = BlockIoReader.BlockIo(ref json);
            else if (json.Is("hugepageLimits"u8)) hugepageLimits = json.Array(&HugepageLimit);
            else if (json.Is("network"u8)) network = Network(ref json);
            else if (json.Is("rdma"u8)) rdma = json.Map(&Rdma);
            else if (json.Is("unified"u8)) unified = json.StringMap();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Devices = devices,
            Memory = memory,
            Cpu = cpu,
            Pids = pids,
            BlockIo = blockIo,
            HugepageLimits = hugepageLimits,
            Network = network,
            Rdma = rdma,
            Unified = unified,
        };
    }

    private static DeviceRule DeviceRule(ref JsonCursor json)
    {
        bool? allow = null;
        char type = 'a';
        long? major = null, minor = null;
        string access = "";
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("allow"u8)) allow = json.Boolean();
            else if (json.Is("type"u8)) type = RuleTypeOf(ref json);
            else if (json.Is("major"u8)) major = NumberOrWildcard(ref json);
            else if (json.Is("minor"u8)) minor = NumberOrWildcard(ref json);
            else if (json.Is("access"u8)) access = json.String();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Allow = allow ?? throw json.Missing(at, "allow"),
            Type = type,
            Major = major,
            Minor = minor,
            Access = access,
        };
    }

    private static char RuleTypeOf(ref JsonCursor json) => json.String() switch
    {
        "" or "a" => 'a',
        "c" => 'c',
        "b" => 'b',
        _ => throw json.Expected("one of a, b, c"),
    };

    /// <summary>Engines write −1 where the specification omits the number.</summary>
    private static long? NumberOrWildcard(ref JsonCursor json) => json.Int64(-1, uint.MaxValue) is >= 0 and long number ? number : null;

    private static MemoryResources Memory(ref JsonCursor json)
    {
        long? limit = null, reservation = null, swap = null, kernel = null, kernelTcp = null;
        ulong? swappiness = null;
        bool? disableOomKiller = null, useHierarchy = null, checkBeforeUpdate = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("limit"u8)) limit = json.Int64();
            else if (json.Is("reservation"u8)) reservation = json.Int64();
            else if (json.Is("swap"u8)) swap = json.Int64();
            else if (json.Is("kernel"u8)) kernel = json.Int64();
            else if (json.Is("kernelTCP"u8)) kernelTcp = json.Int64();
            else if (json.Is("swappiness"u8)) swappiness = json.UInt64();
            else if (json.Is("disableOOMKiller"u8)) disableOomKiller = json.Boolean();
            else if (json.Is("useHierarchy"u8)) useHierarchy = json.Boolean();
            else if (json.Is("checkBeforeUpdate"u8)) checkBeforeUpdate = json.Boolean();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Limit = limit,
            Reservation = reservation,
            Swap = swap,
            Kernel = kernel,
            KernelTcp = kernelTcp,
            Swappiness = swappiness,
            DisableOomKiller = disableOomKiller,
            UseHierarchy = useHierarchy,
            CheckBeforeUpdate = checkBeforeUpdate,
        };
    }

    private static CpuResources Cpu(ref JsonCursor json)
    {
        ulong? shares = null, burst = null, period = null, realtimePeriod = null;
        long? quota = null, realtimeRuntime = null, idle = null;
        string? cpus = null, mems = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("shares"u8)) shares = json.UInt64();
            else if (json.Is("quota"u8)) quota = json.Int64();
            else if (json.Is("burst"u8)) burst = json.UInt64();
            else if (json.Is("period"u8)) period = json.UInt64();
            else if (json.Is("realtimeRuntime"u8)) realtimeRuntime = json.Int64();
            else if (json.Is("realtimePeriod"u8)) realtimePeriod = json.UInt64();
            else if (json.Is("cpus"u8)) cpus = json.OptionalString();
            else if (json.Is("mems"u8)) mems = json.OptionalString();
            else if (json.Is("idle"u8)) idle = json.Int64();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Shares = shares,
            Quota = quota,
            Burst = burst,
            Period = period,
            RealtimeRuntime = realtimeRuntime,
            RealtimePeriod = realtimePeriod,
            Cpus = cpus,
            Mems = mems,
            Idle = idle,
        };
    }

    private static PidsResources Pids(ref JsonCursor json)
    {
        long? limit = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("limit"u8)) limit = json.Int64();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Limit = limit,
        };
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
            else json.SkipUnknown(ref at);
        }
        return new HugepageLimit(pageSize ?? throw json.Missing(at, "pageSize"), limit ?? throw json.Missing(at, "limit"));
    }

    private static NetworkResources Network(ref JsonCursor json)
    {
        uint? classId = null;
        InterfacePriority[] priorities = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("classID"u8)) classId = json.UInt32();
            else if (json.Is("priorities"u8)) priorities = json.Array(&Priority);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            ClassId = classId,
            Priorities = priorities,
        };
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
            else json.SkipUnknown(ref at);
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
            else json.SkipUnknown(ref at);
        }
        return new RdmaLimit(handles, objects);
    }
}
