using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>Who is in a container that has no cgroup to list them (cli.md §2, --rootless).</summary>
internal static class PidNamespace
{
    /// <summary>The init and, if it has a PID namespace of its own, all processes in that.</summary>
    public static List<int> Members(Container container)
    {
        using PidFd? init = container.OpenInit();
        if (init is null)
            return [];
        int pid = container.State.InitPid;
        if (!container.State.PrivatePidNamespace)
            return [pid];
        using Fd proc = Sys.OpenAt(Fd.Cwd, "/proc", O_RDONLY | O_DIRECTORY);
        ulong wanted = Of(proc, pid.ToString(CultureInfo.InvariantCulture));
        List<int> pids = [];
        foreach (string name in Sys.Subdirectories(proc, "/proc"))
            if (int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int other) && wanted != 0 && Of(proc, name) == wanted)
                pids.Add(other);
        return pids;
    }

    /// <summary>0 for a process that is gone, or whom we may not look into.</summary>
    private static ulong Of(Fd proc, string pid)
    {
        using Fd? opened = Sys.TryOpenAt(proc, pid + "/ns/pid", O_PATH, out _);
        return opened is null ? 0 : Inode.Of(opened, "PID namespace").Number;
    }
}
