using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>
/// path_resolution(7): whether a process of the container may execute a file of the root file system, pass a directory or make something in
/// it.
/// </summary>
internal sealed class Access
{
    private const uint Anyone = 0x49; // 0111

    private readonly Spec.Linux linux;
    private readonly bool hasUser, isKnown, mayOverride;
    private readonly uint? uid;
    private readonly uint?[] gids;

    private Access(HostFindings found, uint uid, uint[] gids, bool isKnown, bool mayOverride)
    {
        (linux, hasUser) = (found.Config.Linux, found.HasUser);
        (this.uid, this.gids) = (ToHost(linux.UidMappings, uid), Array.ConvertAll(gids, id => ToHost(linux.GidMappings, id)));
        this.isKnown = isKnown && this.uid is not null;
        this.mayOverride = mayOverride;
    }

    /// <summary>The process as it executes its program.</summary>
    public static Access OfProcess(HostFindings found, Process process)
    {
        ulong held = found.HasUser ? CapabilityPlan.All : Sys.PermittedCapabilities();
        ulong effective = CapabilityPlan.From(process.Capabilities, held).Effective;
        bool mayOverride = (effective >> Array.IndexOf(CapabilityNames.All, "CAP_DAC_OVERRIDE") & 1) != 0;
        bool keepsGroups = EngineAnnotations.KeepsGroups(found.Config);
        return new(found, process.User.Uid, [process.User.Gid, .. process.User.AdditionalGids], !keepsGroups, mayOverride);
    }

    /// <summary>The init while it mounts: root, of the user namespace if there is one.</summary>
    public static Access OfSetup(HostFindings found)
        => new(found, 0, [0], isKnown: true, mayOverride: found.HasUser || Capability.IsPermitted("CAP_DAC_OVERRIDE"));

    /// <param name="file">Of the inode; an access control list on it can say otherwise than its mode.</param>
    public bool MayExecute(Inode inode, Fd file)
    {
        if (!isKnown || mayOverride && IsMapped(inode))
            return inode.IsDirectory || (inode.Mode & Anyone) != 0;
        return Has(inode, file, 1);
    }

    private bool MayWrite(Inode directory, Fd file) => !isKnown || mayOverride && IsMapped(directory) || Has(directory, file, 3);

    /// <summary>Make what is missing at the path.</summary>
    public bool MayMake(RootfsView view, string path)
    {
        using Fd? directory = view.OpenNearest(path);
        return directory is null || MayWrite(Inode.Known(directory, path), directory);
    }

    private bool Has(Inode inode, Fd file, uint bits)
    {
        int shift = inode.Uid == uid ? 6 : Array.IndexOf(gids, inode.Gid) >= 0 ? 3 : 0;
        return (inode.Mode >> shift & bits) == bits || Sys.TryGetXattrByPath(file, "system.posix_acl_access") is not null;
    }

    /// <summary>capabilities(7): in a user namespace they reach only files whose owners it maps.</summary>
    private bool IsMapped(Inode inode) => !hasUser || Covers(linux.UidMappings, inode.Uid) && Covers(linux.GidMappings, inode.Gid);

    private static bool Covers(IdMapping[] mappings, uint id)
        => Array.Exists(mappings, mapping => id >= mapping.HostId && id - mapping.HostId < mapping.Size);

    private uint? ToHost(IdMapping[] mappings, uint id) => hasUser ? IdMapping.ToHost(mappings, id) : id;
}
