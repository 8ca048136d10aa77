using System.Collections.Generic;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>config-linux.md, except for the larger objects, which have separate readers.</summary>
internal static unsafe class LinuxReader
{
    /// <summary>mode_t: S_IFMT and the permissions.</summary>
    private const int MaxMode = 0xFFFF;

    public static Linux Linux(ref JsonCursor json)
    {
        Namespace[] namespaces = [];
        IdMapping[] uidMappings = [], gidMappings = [];
        Resources? resources = null;
        string? cgroupsPath = null, rootfsPropagation = null, mountLabel = null;
        Seccomp? seccomp = null;
        KeyValuePair<string, string>[] sysctl = [];
        string[] maskedPaths = [], readonlyPaths = [];
        Device[] devices = [];
        TimeOffsets? timeOffsets = null;
        KeyValuePair<string, string?>[] netDevices = [];
        IntelRdt? intelRdt = null;
        Personality? personality = null;
        MemoryPolicy? memoryPolicy = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("namespaces"u8)) namespaces = json.Array(&Namespace);
            else if (json.Is("uidMappings"u8)) uidMappings = json.Array(&ConfigReader.IdMapping);
            else if (json.Is("gidMappings"u8)) gidMappings = json.Array(&ConfigReader.IdMapping);
            else if (json.Is("resources"u8)) resources = ResourcesReader.Resources(ref json);
            else if (json.Is("cgroupsPath"u8)) cgroupsPath = json.OptionalString();
            else if (json.Is("seccomp"u8)) seccomp = SeccompReader.Seccomp(ref json);
            else if (json.Is("sysctl"u8)) sysctl = json.StringMap();
            else if (json.Is("maskedPaths"u8)) maskedPaths = json.Strings();
            else if (json.Is("readonlyPaths"u8)) readonlyPaths = json.Strings();
            else if (json.Is("devices"u8)) devices = json.Array(&Device);
            else if (json.Is("rootfsPropagation"u8)) rootfsPropagation = json.OptionalString();
            else if (json.Is("mountLabel"u8)) mountLabel = json.OptionalString();
            else if (json.Is("timeOffsets"u8)) timeOffsets = TimeOffsets(ref json);
            else if (json.Is("netDevices"u8)) netDevices = json.Map(&NetDevice);
            else if (json.Is("intelRdt"u8)) intelRdt = IntelRdt(ref json);
            else if (json.Is("personality"u8)) personality = Personality(ref json);
            else if (json.Is("memoryPolicy"u8)) memoryPolicy = MemoryPolicy(ref json);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Namespaces = namespaces,
            UidMappings = uidMappings,
            GidMappings = gidMappings,
            TimeOffsets = timeOffsets,
            Devices = devices,
            NetDevices = netDevices,
            CgroupsPath = cgroupsPath,
            Resources = resources,
            IntelRdt = intelRdt,
            Sysctl = sysctl,
            Seccomp = seccomp,
            RootfsPropagation = rootfsPropagation,
            MaskedPaths = maskedPaths,
            ReadonlyPaths = readonlyPaths,
            MountLabel = mountLabel,
            Personality = personality,
            MemoryPolicy = memoryPolicy,
        };
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
            else json.SkipUnknown(ref at);
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
        string? path = null;
        long? major = null, minor = null;
        char type = default;
        uint? fileMode = null, uid = null, gid = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("type"u8)) type = DeviceTypeOf(ref json);
            else if (json.Is("path"u8)) path = json.String();
            else if (json.Is("major"u8)) major = json.Int64();
            else if (json.Is("minor"u8)) minor = json.Int64();
            // Go programs write the mode that stat(2) returned, including the file type.
            else if (json.Is("fileMode"u8)) fileMode = (uint)json.Int64(0, MaxMode) & 0xFFF;
            else if (json.Is("uid"u8)) uid = json.Id();
            else if (json.Is("gid"u8)) gid = json.Id();
            else json.SkipUnknown(ref at);
        }
        if (type == default)
            throw json.Missing(at, "type");
        bool numbered = type != 'p';
        return new()
        {
            Path = path ?? throw json.Missing(at, "path"),
            Type = type,
            Major = major ?? (numbered ? throw json.Missing(at, "major") : 0),
            Minor = minor ?? (numbered ? throw json.Missing(at, "minor") : 0),
            FileMode = fileMode,
            Uid = uid,
            Gid = gid,
        };
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
        TimeOffset? monotonic = null, boottime = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("monotonic"u8)) monotonic = TimeOffset(ref json);
            else if (json.Is("boottime"u8)) boottime = TimeOffset(ref json);
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Monotonic = monotonic,
            Boottime = boottime,
        };
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
            else json.SkipUnknown(ref at);
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
            else json.SkipUnknown(ref at);
        }
        return name;
    }

    private static IntelRdt IntelRdt(ref JsonCursor json)
    {
        string? closId = null, l3CacheSchema = null, memBwSchema = null;
        string[] schemata = [];
        bool enableMonitoring = false;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("closID"u8)) closId = json.OptionalString();
            else if (json.Is("l3CacheSchema"u8)) l3CacheSchema = json.OptionalString();
            else if (json.Is("memBwSchema"u8)) memBwSchema = json.OptionalString();
            else if (json.Is("schemata"u8)) schemata = json.Strings();
            else if (json.Is("enableMonitoring"u8)) enableMonitoring = json.Boolean();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            ClosId = closId,
            L3CacheSchema = l3CacheSchema,
            MemBwSchema = memBwSchema,
            Schemata = schemata,
            EnableMonitoring = enableMonitoring,
        };
    }

    private static Personality Personality(ref JsonCursor json)
    {
        string? domain = null;
        string[] flags = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("domain"u8)) domain = json.String();
            else if (json.Is("flags"u8)) flags = json.Strings();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Domain = domain ?? throw json.Missing(at, "domain"),
            Flags = flags,
        };
    }

    private static MemoryPolicy MemoryPolicy(ref JsonCursor json)
    {
        string? mode = null;
        string? nodes = null;
        string[] flags = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("mode"u8)) mode = json.String();
            else if (json.Is("nodes"u8)) nodes = json.OptionalString();
            else if (json.Is("flags"u8)) flags = json.Strings();
            else json.SkipUnknown(ref at);
        }
        return new()
        {
            Mode = mode ?? throw json.Missing(at, "mode", "invalid memory policy mode: "),
            Nodes = nodes,
            Flags = flags,
        };
    }
}
