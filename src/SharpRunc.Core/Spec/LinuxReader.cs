using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md, but for the larger objects, which have readers of their own.</summary>
internal static unsafe class LinuxReader
{
    /// <summary>mode_t: S_IFMT and the permissions.</summary>
    private const int MaxMode = 0xFFFF;

    public static Linux Linux(ref JsonCursor json)
    {
        Linux linux = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("namespaces"u8)) linux.Namespaces = json.Array(&Namespace);
            else if (json.Is("uidMappings"u8)) linux.UidMappings = json.Array(&ConfigReader.IdMapping);
            else if (json.Is("gidMappings"u8)) linux.GidMappings = json.Array(&ConfigReader.IdMapping);
            else if (json.Is("resources"u8)) linux.Resources = ResourcesReader.Resources(ref json);
            else if (json.Is("cgroupsPath"u8)) linux.CgroupsPath = json.OptionalString();
            else if (json.Is("seccomp"u8)) linux.Seccomp = SeccompReader.Seccomp(ref json);
            else if (json.Is("sysctl"u8)) linux.Sysctl = json.StringMap();
            else if (json.Is("maskedPaths"u8)) linux.MaskedPaths = json.Strings();
            else if (json.Is("readonlyPaths"u8)) linux.ReadonlyPaths = json.Strings();
            else if (json.Is("devices"u8)) linux.Devices = json.Array(&Device);
            else if (json.Is("rootfsPropagation"u8)) linux.RootfsPropagation = json.OptionalString();
            else if (json.Is("mountLabel"u8)) linux.MountLabel = json.OptionalString();
            else if (json.Is("timeOffsets"u8)) linux.TimeOffsets = TimeOffsets(ref json);
            else if (json.Is("netDevices"u8)) linux.NetDevices = json.Map(&NetDevice);
            else if (json.Is("intelRdt"u8)) linux.IntelRdt = IntelRdt(ref json);
            else if (json.Is("personality"u8)) linux.Personality = Personality(ref json);
            else if (json.Is("memoryPolicy"u8)) linux.MemoryPolicy = MemoryPolicy(ref json);
            else json.Other(ref at);
        }
        return linux;
    }

    private static Namespace Namespace(ref JsonCursor json)
    {
        NamespaceType? type = null;
        string? path = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("type"u8)) type = NamespaceTypeOf(ref json);
            else if (json.Is("path"u8)) path = json.OptionalString();
            else json.Other(ref at);
        }
        return new Namespace(type ?? throw json.Missing(at, "type"), path);
    }

    private static NamespaceType NamespaceTypeOf(ref JsonCursor json) => json.String() switch
    {
        "pid" => NamespaceType.Pid,
        "network" => NamespaceType.Network,
        "mount" => NamespaceType.Mount,
        "ipc" => NamespaceType.Ipc,
        "uts" => NamespaceType.Uts,
        "user" => NamespaceType.User,
        "cgroup" => NamespaceType.Cgroup,
        "time" => NamespaceType.Time,
        _ => throw json.Expected("one of pid, network, mount, ipc, uts, user, cgroup, time"),
    };

    private static Device Device(ref JsonCursor json)
    {
        Device device = new();
        string? path = null;
        long? major = null, minor = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("type"u8)) device.Type = DeviceTypeOf(ref json);
            else if (json.Is("path"u8)) path = json.String();
            else if (json.Is("major"u8)) major = json.Int64();
            else if (json.Is("minor"u8)) minor = json.Int64();
            // Go programs write what stat(2) said, file type included.
            else if (json.Is("fileMode"u8)) device.FileMode = (uint)json.Int64(0, MaxMode) & 0xFFF;
            else if (json.Is("uid"u8)) device.Uid = json.Id();
            else if (json.Is("gid"u8)) device.Gid = json.Id();
            else json.Other(ref at);
        }
        if (device.Type == default)
            throw json.Missing(at, "type");
        bool numbered = device.Type != 'p';
        device.Path = path ?? throw json.Missing(at, "path");
        device.Major = major ?? (numbered ? throw json.Missing(at, "major") : 0);
        device.Minor = minor ?? (numbered ? throw json.Missing(at, "minor") : 0);
        return device;
    }

    private static char DeviceTypeOf(ref JsonCursor json) => json.String() switch
    {
        "c" => 'c',
        "b" => 'b',
        "u" => 'u',
        "p" => 'p',
        _ => throw json.Expected("one of c, b, u, p"),
    };

    private static TimeOffsets TimeOffsets(ref JsonCursor json)
    {
        TimeOffsets offsets = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("monotonic"u8)) offsets.Monotonic = TimeOffset(ref json);
            else if (json.Is("boottime"u8)) offsets.Boottime = TimeOffset(ref json);
            else json.Other(ref at);
        }
        return offsets;
    }

    private static TimeOffset TimeOffset(ref JsonCursor json)
    {
        long secs = 0;
        uint nanosecs = 0;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("secs"u8)) secs = json.Int64();
            else if (json.Is("nanosecs"u8)) nanosecs = json.UInt32();
            else json.Other(ref at);
        }
        return new TimeOffset(secs, nanosecs);
    }

    private static string? NetDevice(ref JsonCursor json)
    {
        string? name = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("name"u8)) name = json.OptionalString();
            else json.Other(ref at);
        }
        return name;
    }

    private static IntelRdt IntelRdt(ref JsonCursor json)
    {
        IntelRdt rdt = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("closID"u8)) rdt.ClosId = json.OptionalString();
            else if (json.Is("l3CacheSchema"u8)) rdt.L3CacheSchema = json.OptionalString();
            else if (json.Is("memBwSchema"u8)) rdt.MemBwSchema = json.OptionalString();
            else if (json.Is("schemata"u8)) rdt.Schemata = json.Strings();
            else if (json.Is("enableMonitoring"u8)) rdt.EnableMonitoring = json.Boolean();
            else json.Other(ref at);
        }
        return rdt;
    }

    private static Personality Personality(ref JsonCursor json)
    {
        Personality personality = new();
        string? domain = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("domain"u8)) domain = json.String();
            else if (json.Is("flags"u8)) personality.Flags = json.Strings();
            else json.Other(ref at);
        }
        personality.Domain = domain ?? throw json.Missing(at, "domain");
        return personality;
    }

    private static MemoryPolicy MemoryPolicy(ref JsonCursor json)
    {
        MemoryPolicy policy = new();
        string? mode = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("mode"u8)) mode = json.String();
            else if (json.Is("nodes"u8)) policy.Nodes = json.OptionalString();
            else if (json.Is("flags"u8)) policy.Flags = json.Strings();
            else json.Other(ref at);
        }
        policy.Mode = mode ?? throw json.Missing(at, "mode", "invalid memory policy mode: ");
        return policy;
    }
}
