using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Network;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The interfaces in a process's network namespace, read from outside.</summary>
internal static class NetworkNamespace
{
    /// <summary>
    /// Returns null if the process is gone, if access is denied, or if its network is the runtime's, because that would be the machine's
    /// traffic.
    /// </summary>
    public static List<InterfaceCounters>? TryRead(ProcFs proc, int pid)
    {
        try
        {
            return IdOf(proc, $"{pid}") == IdOf(proc, "self") ? null : InterfaceCounters.Parse(proc.Read($"{pid}/net/dev"));
        }
        catch (SysException e) when (e.Errno is ENOENT or ESRCH or EINVAL or EACCES or EPERM)
        {
            return null;
        }
    }

    private static ulong IdOf(ProcFs proc, string pid)
    {
        using Fd opened = proc.OpenMagic($"{pid}/ns/net", O_PATH);
        return Inode.Of(opened, "network namespace").Number;
    }
}
