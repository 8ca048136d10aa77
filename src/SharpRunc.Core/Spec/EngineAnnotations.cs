using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>Annotations that Podman and CRI-O write for crun, as its manual defines them (crun(1), "Extensions to OCI").</summary>
internal static class EngineAnnotations
{
    private const string Prefix = "run.oci.", KeepGroups = "run.oci.keep_original_groups", ContextType = "run.oci.mount_context_type",
        SystemdSubgroup = "run.oci.systemd.subgroup", DelegateCgroup = "run.oci.delegate-cgroup";

    private static readonly string[] ContextTypes = ["context", "fscontext", "defcontext", "rootcontext"];

    /// <summary><c>podman run --group-add keep-groups</c>: the process keeps the caller's supplementary groups, and none is set.</summary>
    public static bool KeepsGroups(Config config) => Find(config, KeepGroups) is not (null or "0");

    /// <summary>The mount option that applies linux.mountLabel to a file system: mount(8).</summary>
    public static string MountContextType(Config config) => Find(config, ContextType) ?? "context";

    /// <summary>The cgroup below a unit's that holds the container's processes; "": the unit's own, which is also the default.</summary>
    public static string Subgroup(Config config) => Find(config, SystemdSubgroup) ?? "";

    /// <summary>A further cgroup below, which the container can divide as it likes; "": none.</summary>
    public static string DelegatedCgroup(Config config) => Find(config, DelegateCgroup) ?? "";

    /// <summary>JSON pointers of the requested ones.</summary>
    public static string[] CgroupsBelow(Config config, bool hasUnit)
    {
        bool hasSubgroup = hasUnit && Subgroup(config).Length > 0, hasDelegated = DelegatedCgroup(config).Length > 0;
        return (hasSubgroup, hasDelegated) switch
        {
            (true, true) => [Pointer(SystemdSubgroup), Pointer(DelegateCgroup)],
            (true, false) => [Pointer(SystemdSubgroup)],
            (false, true) => [Pointer(DelegateCgroup)],
            _ => [],
        };
    }

    /// <summary>
    /// Refuses the values that crun refuses. A request that has no effect here yields a warning; all other annotations of this prefix are
    /// only listed as ignored.
    /// </summary>
    public static void Check(Config config, List<string> warnings, List<string> unknown)
    {
        foreach ((string key, string value) in config.Annotations)
        {
            if (!key.StartsWith(Prefix, StringComparison.Ordinal))
                continue;
            string pointer = Pointer(key);
            if (key == ContextType && Array.IndexOf(ContextTypes, value) < 0)
                throw Refused(pointer, $"expected one of {string.Join(", ", ContextTypes)}; got \"{value}\"");
            if (key == KeepGroups && KeepsGroups(config) && config.Process?.User.AdditionalGids.Length > 0)
                warnings.Add($"{pointer}: the caller's groups are kept, and process.user.additionalGids are not set");
            else if (key is SystemdSubgroup or DelegateCgroup)
                RequireBelow(pointer, value);
            else if (key is not (KeepGroups or ContextType))
                unknown.Add($"{pointer}: ignored");
        }
    }

    /// <summary>The path must stay below the container's cgroup.</summary>
    private static void RequireBelow(string pointer, string value)
    {
        bool escapes = value.Length > 0 && Array.Exists(value.Split('/'), static part => part is "" or "." or "..");
        if (escapes || value.Contains('\n'))
            throw Refused(pointer,
                $"expected a path below the container's cgroup, without \".\", \"..\" or empty components; got \"{value}\"");
    }

    private static ContainerException Refused(string pointer, string what)
        => new(ErrorCode.ConfigValue, $"{pointer}: {what}") { Pointer = pointer };

    private static string Pointer(string key) => "/annotations/" + key;

    private static string? Find(Config config, string key)
    {
        foreach ((string name, string value) in config.Annotations)
            if (name == key)
                return value;
        return null;
    }
}
