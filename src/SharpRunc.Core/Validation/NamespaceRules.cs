using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>config-linux.md#namespaces and the namespaces that other properties require.</summary>
internal static class NamespaceRules
{
    /// <summary>__NEW_UTS_LEN; sethostname(2) would answer EINVAL.</summary>
    private const int MaxName = 64;

    public static void Check(Config config)
    {
        Spec.Linux linux = config.Linux;
        NamespacesMustNotRepeat(linux);
        NamesNeedAUtsNamespace(config);
        CoveredPathsAreAbsolute(linux);
        InAUserNamespaceMountsNeedAMountNamespace(config);
        ANewUserNamespaceNeedsMappings(linux);
        OffsetsNeedANewTimeNamespace(linux);
    }

    /// <summary>The namespace entry of this type; null when the runtime's own is inherited.</summary>
    public static Namespace? Find(Spec.Linux linux, NamespaceType type)
    {
        foreach (Namespace entry in linux.Namespaces)
            if (entry.Type == type)
                return entry;
        return null;
    }

    /// <summary>
    /// "If a namespaces field contains duplicated namespaces with same type, the runtime MUST generate an error"; paths are absolute.
    /// </summary>
    private static void NamespacesMustNotRepeat(Spec.Linux linux)
    {
        for (int i = 0; i < linux.Namespaces.Length; i++)
        {
            Namespace entry = linux.Namespaces[i];
            for (int other = 0; other < i; other++)
                if (linux.Namespaces[other].Type == entry.Type)
                    throw Rule.Broken($"/linux/namespaces/{i}/type", $"the {entry.Name} namespace is listed twice");
            if (entry.Path is not null && entry.Path[0] != '/')
                throw Rule.Broken($"/linux/namespaces/{i}/path", $"must be an absolute path; got \"{entry.Path}\"");
        }
    }

    /// <summary>Without a UTS namespace these would change the host's names.</summary>
    private static void NamesNeedAUtsNamespace(Config config)
    {
        bool separate = Find(config.Linux, NamespaceType.Uts) is not null;
        (string Property, string? Name)[] names = [("hostname", config.Hostname), ("domainname", config.Domainname)];
        foreach ((string property, string? name) in names)
        {
            if (name is not null && !separate)
                throw Rule.Broken($"/{property}", $"unable to set {property} without a private UTS namespace");
            if (name is not null && KernelText.Length(name) > MaxName)
                throw Rule.Broken($"/{property}", $"expected at most {MaxName} bytes; got {KernelText.Length(name)}");
        }
    }

    private static void CoveredPathsAreAbsolute(Spec.Linux linux)
    {
        (string Name, string[] Paths)[] covered = [("maskedPaths", linux.MaskedPaths), ("readonlyPaths", linux.ReadonlyPaths)];
        foreach ((string name, string[] paths) in covered)
            for (int i = 0; i < paths.Length; i++)
                if (!paths[i].StartsWith('/'))
                    throw Rule.Broken($"/linux/{name}/{i}", $"must be an absolute path; got \"{paths[i]}\"");
    }

    /// <summary>
    /// mount_namespaces(7): root in a user namespace may not mount in a mount namespace that the user namespace does not own. Without a
    /// user namespace, a container that lists no mount namespace has its mounts in the runtime's.
    /// </summary>
    private static void InAUserNamespaceMountsNeedAMountNamespace(Config config)
    {
        Spec.Linux linux = config.Linux;
        if (Find(linux, NamespaceType.Mount) is not null || Find(linux, NamespaceType.User) is null)
            return;
        (string Pointer, bool IsAsked)[] needing =
        [
            ("/mounts", config.Mounts.Length > 0),
            ("/root/readonly", config.Root is { Readonly: true }),
            ("/linux/maskedPaths", linux.MaskedPaths.Length > 0),
            ("/linux/readonlyPaths", linux.ReadonlyPaths.Length > 0),
            ("/linux/rootfsPropagation", linux.RootfsPropagation is not null),
        ];
        foreach ((string pointer, bool isAsked) in needing)
            if (isAsked)
                throw Rule.Broken(ErrorCode.NamespaceRequired, pointer,
                    "needs a mount namespace in addition to the user namespace: root there may not mount in the host's");
    }

    /// <summary>
    /// Without a user namespace nothing is mapped, as in runc and crun. Runs early, so that neither another rule nor later code uses these
    /// mappings.
    /// </summary>
    /// <returns>The config without mappings that nothing uses.</returns>
    public static Config MappingsAreOfAUserNamespace(Config config, ValidationContext ctx)
    {
        Spec.Linux linux = config.Linux;
        if (Find(linux, NamespaceType.User) is not null || linux.UidMappings.Length + linux.GidMappings.Length == 0)
            return config;
        string unused = linux.UidMappings.Length > 0 ? "uidMappings" : "gidMappings";
        ctx.Warnings.Add($"/linux/{unused}: there is no user namespace, so nothing is mapped");
        return config with { Linux = linux with { UidMappings = [], GidMappings = [] } };
    }

    /// <summary>Otherwise the namespace would have no root.</summary>
    private static void ANewUserNamespaceNeedsMappings(Spec.Linux linux)
    {
        Namespace? user = Find(linux, NamespaceType.User);
        (string Name, IdMapping[] Mappings)[] maps = [("uidMappings", linux.UidMappings), ("gidMappings", linux.GidMappings)];
        foreach ((string name, IdMapping[] mappings) in maps)
        {
            if (mappings.Length == 0 && user is { Path: null })
                throw Rule.Broken($"/linux/{name}", "a new user namespace needs mappings");
            if (mappings.Length > 0)
                MappingRules.Check(mappings, $"/linux/{name}");
        }
    }

    /// <summary>Checked first, because other errors would only be consequences of this one.</summary>
    public static void WithoutRootAUserNamespaceIsNeeded(Spec.Linux linux, ValidationContext ctx)
    {
        if (!ctx.Unprivileged || Find(linux, NamespaceType.User) is not null)
            return;
        const string Hint = "sharprunc spec --rootless writes a config that has one";
        throw Rule.Broken(ErrorCode.NamespaceRequired, "/linux/namespaces", "rootless container requires user namespaces", Hint);
    }

    /// <summary>proc(5): /proc/PID/timens_offsets can be written only before a process lives in the namespace.</summary>
    private static void OffsetsNeedANewTimeNamespace(Spec.Linux linux)
    {
        if (linux.TimeOffsets is not { } offsets || (offsets.Monotonic is null && offsets.Boottime is null))
            return;
        if (Find(linux, NamespaceType.Time) is not { Path: null })
            throw Rule.Broken("/linux/timeOffsets", "offsets need a new time namespace");
        (string Clock, TimeOffset? Offset)[] clocks = [("monotonic", offsets.Monotonic), ("boottime", offsets.Boottime)];
        foreach ((string clock, TimeOffset? offset) in clocks)
            if (offset is { Nanosecs: >= 1_000_000_000 and var nanoseconds })
                throw Rule.Broken($"/linux/timeOffsets/{clock}/nanosecs", $"expected an integer from 0 to 999999999; got {nanoseconds}");
    }
}

/// <summary>config-linux.md#user-namespace-mappings; reports what user_namespaces(7) would answer with a bare EINVAL.</summary>
internal static class MappingRules
{
    /// <summary>The maximum number of lines in /proc/PID/uid_map.</summary>
    private const int MaxLines = 340;

    /// <summary>The map is a single write, which must be shorter than a page.</summary>
    private const int MaxBytes = 4095;

    public static void Check(IdMapping[] mappings, string pointer)
    {
        if (mappings.Length > MaxLines)
            throw Rule.Broken(pointer, $"the kernel accepts at most {MaxLines} mappings; got {mappings.Length}");
        int bytes = 0;
        for (int i = 0; i < mappings.Length; i++)
        {
            IdMapping mapping = mappings[i];
            bytes += Digits(mapping.ContainerId) + Digits(mapping.HostId) + Digits(mapping.Size) + 3;
            if (mapping.Size == 0)
                throw Rule.Broken($"{pointer}/{i}/size", "must be above 0");
            if ((ulong)mapping.ContainerId + mapping.Size > uint.MaxValue || (ulong)mapping.HostId + mapping.Size > uint.MaxValue)
                throw Rule.Broken($"{pointer}/{i}/size", $"reaches beyond the last id, {uint.MaxValue - 1}");
            for (int other = 0; other < i; other++)
                if (Overlap(mapping.ContainerId, mappings[other].ContainerId, mapping, mappings[other])
                    || Overlap(mapping.HostId, mappings[other].HostId, mapping, mappings[other]))
                    throw Rule.Broken($"{pointer}/{i}", $"overlaps the mapping {pointer}/{other}");
        }
        if (bytes > MaxBytes)
            throw Rule.Broken(pointer,
                $"the kernel accepts a map of at most {MaxBytes} characters; these {mappings.Length} mappings have {bytes}");
    }

    private static int Digits(uint number)
    {
        int digits = 1;
        for (; number >= 10; number /= 10)
            digits++;
        return digits;
    }

    private static bool Overlap(ulong a, ulong b, IdMapping aMapping, IdMapping bMapping) => a < b + bMapping.Size && b < a + aMapping.Size;
}
