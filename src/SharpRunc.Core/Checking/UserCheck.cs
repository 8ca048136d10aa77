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
