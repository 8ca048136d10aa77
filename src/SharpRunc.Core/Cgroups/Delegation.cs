using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Gives a v2 cgroup to another user, who can divide it further (config-linux.md#cgroup-ownership). The owner changes of the directory and
/// of those of its files that /sys/kernel/cgroup/delegate lists; without that file, of the three that every kernel delegates. The limits
/// keep their owner.
/// </summary>
internal static class Delegation
{
    private const string List = "/sys/kernel/cgroup/delegate";

    private static readonly string[] Usual = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

    /// <param name="uid">As seen in the runtime's user namespace.</param>
    /// <param name="below">A cgroup below the container's own; "" for that one.</param>
    public static void Delegate(Cgroup cgroup, uint uid, string below = "")
    {
        CgroupDirectory directory = cgroup.UnifiedDirectory!;
        ChangeOwner(directory, below, uid);
        foreach (string file in Files())
            ChangeOwner(directory, below.Length == 0 ? file : $"{below}/{file}", uid);
    }

    private static string[] Files()
    {
        using Fd? list = Sys.TryOpenAt(Fd.Cwd, List, O_RDONLY, out _);
        return list is null ? Usual : KernelText.Decode(Sys.ReadAll(list)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void ChangeOwner(CgroupDirectory directory, string file, uint uid)
    {
        SysError error = Sys.TryFchownAt(directory.Open(), file, uid, uint.MaxValue);
        if (error.Failed && error.Errno != ENOENT) // the file belongs to a controller that is not enabled here
            throw ContainerException.From(ErrorCode.CgroupDelegate, error.On($"{directory.Path}/{file}"),
                "cannot change the cgroup's owner to the container's user", CgroupPath.Pointer);
    }
}
