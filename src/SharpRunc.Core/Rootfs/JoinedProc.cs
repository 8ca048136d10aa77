using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A procfs for a PID namespace by path, made by a process that is not in it yet. Since Linux 6.17 procfs accepts the namespace as an
/// option; before, the runtime has a process inside open it (<see cref="Init.ProcOpener"/>).
/// </summary>
internal static class JoinedProc
{
    public static Tree? TryCreate(RootfsSetup rootfs, string source, string[] options, ulong attributes, out SysError refused)
    {
        Namespace[] listed = rootfs.Plan.Namespaces.Listed;
        Fd pid = rootfs.Plan.NamespaceFds[Array.FindIndex(listed, static n => n.Type == NamespaceType.Pid)]!;
        using Fd? own = Sys.TryFsOpen("proc", out refused);
        if (own is null)
            return null;
        refused = Sys.TryFsConfig(own, "pidns", pid).On("proc");
        if (!refused.Failed)
            return Tree.TryCreate(own, "proc", source, options, attributes, out refused);
        if (refused.Errno != EINVAL)
            return null;
        using Fd? theirs = rootfs.RequestProc(out int errno);
        refused = new("fsopen", "proc, in the PID namespace by path", errno);
        return theirs is null ? null : Tree.TryCreate(theirs, "proc", source, options, attributes, out refused);
    }
}
