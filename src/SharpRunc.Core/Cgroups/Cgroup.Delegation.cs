using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// A v2 cgroup for another user to divide further.
internal sealed partial class Cgroup
{
    private static readonly string[] Delegated = ["cgroup.procs", "cgroup.subtree_control", "cgroup.threads"];

    /// <summary>
    /// config-linux.md#cgroup-ownership: the directory, and those of its files that /sys/kernel/cgroup/delegate lists; without that
    /// file the three that every kernel delegates. The limits stay whose they are.
    /// </summary>
    /// <param name="uid">As the runtime's user namespace numbers it.</param>
    /// <param name="below">One below it; "": itself.</param>
    internal void GiveTo(uint uid, string below = "")
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
            if (error is not (0 or -ENOENT)) // a file of a controller that is not enabled here
                throw ContainerException.From(new SysException("fchownat", $"{directory.Path}/{file}", -error), "cannot give the cgroup to the container's user", Pointer);
        }
    }
}
