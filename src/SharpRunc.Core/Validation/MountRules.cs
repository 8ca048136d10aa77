using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>config.md#mounts, as far as it can be checked from the config alone.</summary>
internal static class MountRules
{
    public static void Check(Config config, ValidationContext ctx)
    {
        for (int i = 0; i < config.Mounts.Length; i++)
        {
            Mount mount = config.Mounts[i];
            MountOptions options = MountOptions.Parse(mount.Options);
            DestinationIsRequired(mount, i, ctx);
            OnlyProcMayBeMountedOnProc(mount, options, i);
            BindMountsHaveASourceAndNoData(mount, options, i, ctx);
            RamfsIgnoresOptions(mount, options, i, ctx);
            OptionsMustHaveAnEffect(mount, options, i);
            OnlyFilesCanBeTheRoot(config.Linux, mount, options, i);
            MappingsMustComeInPairs(mount, i);
            IdMappedMountsNeedAMapping(config.Linux, mount, options, i, ctx);
            if (ctx.Unprivileged)
                OwnersMustBeMapped(config.Linux, mount, options, i);
        }
    }

    /// <summary>"This value SHOULD be an absolute path"; a relative one is resolved from the container's root.</summary>
    private static void DestinationIsRequired(Mount mount, int index, ValidationContext ctx)
    {
        if (mount.Destination.Length == 0)
            throw Rule.Broken($"/mounts/{index}/destination", "must not be empty");
        if (mount.Destination[0] != '/')
            ctx.Warnings.Add($"/mounts/{index}/destination: relative destinations are deprecated; \"{mount.Destination}\" is put below /");
    }

    /// <summary>
    /// CVE-2019-16884, CVE-2025-52881. At mount time symbolic links are resolved, and a bind on /proc is checked to be procfs.
    /// </summary>
    private static void OnlyProcMayBeMountedOnProc(Mount mount, MountOptions options, int index)
    {
        string destination = LexicalPath.Clean(mount.Destination);
        if (destination == "/proc" && !options.IsBind && mount.Type != "proc")
            throw Rule.Broken(
                ErrorCode.MountInProc, $"/mounts/{index}/destination",
                $"only a mount of type proc can be on /proc; got type \"{mount.Type}\"");
        if (!destination.StartsWith("/proc/", StringComparison.Ordinal))
            return;
        if (Array.IndexOf(KernelNames.ReplaceableProcFiles, destination) < 0)
            throw Rule.Broken(
                ErrorCode.MountInProc, $"/mounts/{index}/destination",
                $"\"{mount.Destination}\" cannot be mounted because it is inside /proc");
    }

    /// <summary>A bind mount shows an existing file system, and the kernel silently drops options for creating one.</summary>
    private static void BindMountsHaveASourceAndNoData(Mount mount, MountOptions options, int index, ValidationContext ctx)
    {
        if (!options.IsBind)
            return;
        if (string.IsNullOrEmpty(mount.Source) && !options.Remount)
            throw Rule.Broken($"/mounts/{index}/source", "a bind mount needs a source");
        string[] without = options.MsFlags == 0 || options.Remount ? options.Data : [.. options.SuperblockFlags, .. options.Data];
        if (without.Length > 0)
            ctx.Warnings.Add($"/mounts/{index}/options: "
                + $"a bind mount creates no file system, so these have no effect: {string.Join(", ", without)}");
    }

    /// <summary>ramfs is the only file system that accepts any option and ignores all but its mode.</summary>
    private static void RamfsIgnoresOptions(Mount mount, MountOptions options, int index, ValidationContext ctx)
    {
        if (options.IsBind || mount.Type != "ramfs")
            return;
        string[] ignored = Array.FindAll(options.Data, static option => !option.StartsWith("mode=", StringComparison.Ordinal));
        if (ignored.Length == 0)
            return;
        string without = string.Join(", ", ignored);
        ctx.Warnings.Add($"/mounts/{index}/options: ramfs supports neither a limit nor an owner, so these have no effect: {without}");
    }

    /// <summary>An option that this mount cannot satisfy is an error, not ignored.</summary>
    private static void OptionsMustHaveAnEffect(Mount mount, MountOptions options, int index)
    {
        bool isNew = !options.IsBind && !options.Remount;
        if (options.TmpCopyUp && !(isNew && mount.Type == "tmpfs"))
            throw Rule.Broken($"/mounts/{index}/options", "tmpcopyup is only for a new mount of type tmpfs");
        if ((options.CopySymlink || options.SourceNoFollow || options.DestinationNoFollow) && !options.IsBind)
            throw Rule.Broken($"/mounts/{index}/options", "copy-symlink, src-nofollow and dest-nofollow are only for bind mounts");
        if (isNew && mount.Type is "cgroup" or "cgroup2" && options.Data.Length > 0)
            throw Rule.Broken($"/mounts/{index}/options",
                $"a cgroup mount shows what is mounted on the host and accepts no file system options; got \"{options.Data[0]}\"");
    }

    /// <summary>A mount on / replaces the root. In the runtime's own mount namespace it would have to be located again at delete.</summary>
    private static void OnlyFilesCanBeTheRoot(Spec.Linux linux, Mount mount, MountOptions options, int index)
    {
        if (LexicalPath.Clean(mount.Destination) != "/" || options.Remount)
            return;
        if (!options.IsBind && mount.Type is "proc" or "sysfs" or "cgroup" or "cgroup2" or "mqueue" or "devpts")
            throw Rule.Broken($"/mounts/{index}/destination", $"a file system of type {mount.Type} cannot be the root");
        if (NamespaceRules.Find(linux, NamespaceType.Mount) is null)
            throw Rule.Broken($"/mounts/{index}/destination",
                "the root can be mounted over only in a mount namespace of the container's own");
    }

    public static bool AnyIsIdMapped(Mount[] mounts) => Array.Exists(mounts, IsIdMapped);

    private static bool IsIdMapped(Mount mount) => mount.UidMappings.Length > 0 || Array.Exists(mount.Options, IsIdMapOption);

    private static bool IsIdMapOption(string option)
        => option.StartsWith("idmap", StringComparison.Ordinal) || option.StartsWith("ridmap", StringComparison.Ordinal);

    /// <summary>
    /// criu mounts only in a namespace that it creates itself. It binds an external mount anew: without its id mapping, the files would
    /// have different owners than before.
    /// </summary>
    public static void MustBeRestorable(Config config)
    {
        if (NamespaceRules.Find(config.Linux, NamespaceType.Mount) is null)
            throw Rule.Broken("/linux/namespaces", "criu cannot restore a container without a mount namespace of its own");
        int index = Array.FindIndex(config.Mounts, IsIdMapped);
        if (index >= 0)
            throw Rule.Broken($"/mounts/{index}", "criu cannot restore an id-mapped mount");
        index = Array.FindIndex(config.Mounts, IsNewRoot);
        if (index >= 0)
            throw Rule.Broken($"/mounts/{index}", "criu cannot restore a root that is mounted over the root file system");
    }

    private static bool IsNewRoot(Mount mount) => LexicalPath.Clean(mount.Destination) == "/" && !MountOptions.Parse(mount.Options).Remount;

    /// <summary>"uidMappings … If specified, it MUST be specified along with gidMappings", and vice versa.</summary>
    private static void MappingsMustComeInPairs(Mount mount, int index)
    {
        if (mount.UidMappings.Length > 0 != mount.GidMappings.Length > 0)
        {
            string missing = mount.UidMappings.Length > 0 ? "gidMappings" : "uidMappings";
            throw Rule.Broken($"/mounts/{index}/{missing}", "uidMappings and gidMappings must come together");
        }
        if (mount.UidMappings.Length > 0)
            MappingRules.Check(mount.UidMappings, $"/mounts/{index}/uidMappings");
        if (mount.GidMappings.Length > 0)
            MappingRules.Check(mount.GidMappings, $"/mounts/{index}/gidMappings");
    }

    /// <summary>
    /// "If there are no uidMappings and gidMappings specified and the container isn't using user namespaces, an error MUST be returned."
    /// Cases that the kernel would answer with a bare EINVAL or EPERM are refused too.
    /// </summary>
    private static void IdMappedMountsNeedAMapping(Spec.Linux linux, Mount mount, MountOptions options, int index, ValidationContext ctx)
    {
        bool byOption = options.IdMap || options.RIdMap, byMapping = mount.UidMappings.Length > 0;
        if (!byOption && !byMapping)
            return;
        string pointer = $"/mounts/{index}/{(byOption ? "options" : "uidMappings")}";
        if (options.IdMap && options.RIdMap)
            throw Rule.Broken(pointer, "idmap and ridmap are mutually exclusive");
        if (!byMapping && NamespaceRules.Find(linux, NamespaceType.User) is null)
            throw Rule.Broken(pointer, "idmap needs uidMappings and gidMappings of the mount, or a user namespace of the container");
        if (!byMapping && !options.IsBind)
            throw Rule.Broken(pointer,
                "a file system of the container's user namespace already has its mapping: specify a different one, or use a bind mount");
        if (ctx.Unprivileged)
            throw Rule.Broken(pointer, "the kernel lets only root create an id-mapped mount");
        if (options.Remount)
            throw Rule.Broken(pointer, "the id mapping of what is mounted cannot be changed by remount");
        if (mount.Type is "cgroup" or "cgroup2" && !options.IsBind)
            throw Rule.Broken(pointer, "a cgroup mount cannot be id-mapped");
    }

    /// <summary>For an owner outside the user namespace the kernel answers only EINVAL, without an explanation.</summary>
    private static void OwnersMustBeMapped(Spec.Linux linux, Mount mount, MountOptions options, int index)
    {
        if (options.Data.Length == 0)
            return;
        (string Key, IdMapping[] Mappings)[] owners = [("uid=", linux.UidMappings), ("gid=", linux.GidMappings)];
        foreach (string option in options.Data)
            foreach ((string key, IdMapping[] mappings) in owners)
                if (option.StartsWith(key, StringComparison.Ordinal) && uint.TryParse(option.AsSpan(key.Length), out uint id)
                    && mappings.Length > 0 && IdMapping.ToHost(mappings, id) is null)
                    throw Rule.Broken($"/mounts/{index}/options", $"{option} of {mount.Destination} is not mapped in the user namespace");
    }
}
