using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Network;

/// <summary>The interfaces of a process's network namespace, seen from outside.</summary>
internal static class NetworkNamespace
{
    /// <summary>null when the process is gone, when we may not look, or when its network is the runtime's: that would be the machine's traffic.</summary>
    public static List<InterfaceCounters>? TryRead(ProcFs proc, int pid)
    {
        try
        {
            return Of(proc, $"{pid}") == Of(proc, "self") ? null : InterfaceCounters.Parse(proc.Read($"{pid}/net/dev"));
        }
        catch (SysException e) when (e.Errno is ENOENT or ESRCH or EINVAL or EACCES or EPERM)
        {
            return null;
        }
    }

    private static ulong Of(ProcFs proc, string pid)
    {
        using Fd opened = proc.OpenMagic($"{pid}/ns/net", O_PATH);
        return Inode.Of(opened, "network namespace").Number;
    }
}
