using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config.md#posix-user: the ids are mapped in the user namespace, and the process can be where it shall start.</summary>
internal sealed class UserCheck(HostFindings found, RootfsView view)
{
    private readonly Spec.Linux linux = found.Config.Linux;

    public void Run(Process process)
    {
        if (found.HasUser && linux.UidMappings.Length > 0)
            RequireMapped(process.User);
        Place place = view.Look(process.Cwd, out Inode inode, out SysError error);
        int errno = place == Place.Refused ? error.Errno : place == Place.Found && !inode.IsDirectory ? ENOTDIR : 0;
        if (errno != 0)
            found.Error(
                ErrorCode.ProcessCwd, "/process/cwd",
                $"chdir to cwd (\"{process.Cwd}\") set in config.json failed: {strerror(errno)}", errno);
    }

    private void RequireMapped(User user)
    {
        Require(linux.UidMappings, user.Uid, "setuid", "uid", "/process/user/uid");
        Require(linux.GidMappings, user.Gid, "setgid", "gid", "/process/user/gid");
        for (int i = 0; i < user.AdditionalGids.Length && !EngineAnnotations.KeepsGroups(found.Config); i++)
            Require(linux.GidMappings, user.AdditionalGids[i], "setgroups", "gid", $"/process/user/additionalGids/{i}");
    }

    private void Require(IdMapping[] mappings, uint id, string call, string kind, string pointer)
    {
        if (IdMapping.ToHost(mappings, id) is null)
            found.Error(
                ErrorCode.NamespaceUnmapped, pointer,
                $"cannot {call} to unmapped {kind} {id} in user namespace", EINVAL, $"/linux/{kind}Mappings must map it");
    }
}

/// <summary>Whether the container's process may execute a file of the root file system, or pass a directory: path_resolution(7).</summary>
internal sealed class ProcessAccess
{
    private const uint Anyone = 0x49; // 0111

    private readonly Config config;
    private readonly bool hasUser, isKnown, mayOverride;
    private readonly uint uid;
    private readonly uint?[] gids;

    public ProcessAccess(HostFindings found)
    {
        config = found.Config;
        hasUser = found.HasUser;
        User user = config.Process!.User;
        uint? outside = ToHost(config.Linux.UidMappings, user.Uid);
        uid = outside ?? 0;
        gids = Array.ConvertAll<uint, uint?>([user.Gid, .. user.AdditionalGids], id => ToHost(config.Linux.GidMappings, id));
        isKnown = outside is not null && !EngineAnnotations.KeepsGroups(config);
        ulong held = hasUser ? CapabilityPlan.All : Sys.PermittedCapabilities();
        ulong effective = CapabilityPlan.From(config.Process.Capabilities, held).Effective;
        mayOverride = (effective >> Array.IndexOf(CapabilityNames.All, "CAP_DAC_OVERRIDE") & 1) != 0;
    }

    /// <param name="file">Of the inode; an access control list on it can say otherwise than its mode.</param>
    public bool MayExecute(Inode inode, Fd file)
    {
        if (!isKnown || mayOverride && IsMapped(inode))
            return inode.IsDirectory || (inode.Mode & Anyone) != 0;
        int shift = inode.Uid == uid ? 6 : Array.IndexOf(gids, inode.Gid) >= 0 ? 3 : 0;
        return (inode.Mode >> shift & 1) != 0 || Sys.TryGetXattrByPath(file, "system.posix_acl_access") is not null;
    }

    /// <summary>capabilities(7): in a user namespace they reach only files whose owners it maps.</summary>
    private bool IsMapped(Inode inode) => !hasUser
        || Covers(config.Linux.UidMappings, inode.Uid) && Covers(config.Linux.GidMappings, inode.Gid);

    private static bool Covers(IdMapping[] mappings, uint id)
        => Array.Exists(mappings, mapping => id >= mapping.HostId && id - mapping.HostId < mapping.Size);

    private uint? ToHost(IdMapping[] mappings, uint id) => hasUser ? IdMapping.ToHost(mappings, id) : id;
}
