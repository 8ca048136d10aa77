using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Delegates a v2 cgroup, so that another user can divide it further.
internal sealed partial class Cgroup
{
    private static readonly string[] Delegated = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

    /// <summary>
    /// config-linux.md#cgroup-ownership: changes the owner of the directory and of those of its files that /sys/kernel/cgroup/delegate
    /// lists; without that file, of the three that every kernel delegates. The limits keep their owner.
    /// </summary>
    /// <param name="uid">As seen in the runtime's user namespace.</param>
    /// <param name="below">A cgroup below this one; "" for this one.</param>
    internal void DelegateTo(uint uid, string below = "")
    {
        CgroupDirectory directory = UnifiedDirectory!;
        Change(below, uid);
        using Fd? list = Sys.TryOpenAt(Fd.Cwd, "/sys/kernel/cgroup/delegate", O_RDONLY, out _);
        string[] files = list is null ? Delegated : KernelText.Decode(Sys.ReadAll(list)).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string file in files)
            Change(below.Length == 0 ? file : $"{below}/{file}", uid);

        void Change(string file, uint uid)
        {
            int error = Sys.TryFchownAt(directory.Open(), file, uid, uint.MaxValue);
            if (error is not (0 or -ENOENT)) // the file belongs to a controller that is not enabled here
                throw ContainerException.From(new SysException("fchownat", $"{directory.Path}/{file}", -error), "cannot give the cgroup to the container's user", Pointer);
        }
    }
}
