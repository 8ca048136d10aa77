using System;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups.V1;

/// <summary>A v1 cpuset starts without CPUs and memory nodes, and cannot be joined (ENOSPC) before it has both.</summary>
internal static class CpusetInheritance
{
    /// <param name="mount">The mount point of the cpuset hierarchy.</param>
    /// <param name="isNew">Just created, and therefore known to be empty.</param>
    internal static void Fill(Fd mount, string path, bool isNew)
    {
        Fill(mount, path, "cpuset.cpus", isNew);
        Fill(mount, path, "cpuset.mems", isNew);
    }

    /// <summary>Returns the cgroup's value; an empty one is first filled from the nearest cgroup above that has one.</summary>
    private static byte[] Fill(Fd mount, string path, string file, bool isNew)
    {
        string name = path.Length == 0 ? file : path + "/" + file;
        if (!isNew)
        {
            using Fd readable = Sys.OpenAt(mount, name, O_RDONLY);
            byte[] own = Sys.ReadAll(readable, name);
            // "\n" is an empty set; the root's is never empty.
            if (own.AsSpan().Trim("\n "u8).Length > 0 || path.Length == 0)
                return own;
        }
        byte[] inherited = Fill(mount, CgroupPath.Parent(path), file, isNew: false);
        using Fd writable = Sys.OpenAt(mount, name, O_WRONLY);
        Sys.Write(writable, inherited, name);
        return inherited;
    }
}
