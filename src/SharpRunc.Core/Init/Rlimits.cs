using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config.md#posix-process: rlimits, set from outside because the init may be in a user namespace that cannot raise its own.
/// </summary>
internal static class Rlimits
{
    private const string Processes = "RLIMIT_NPROC";

    /// <param name="givesBirth">RLIMIT_NPROC is then raised by one: parent and child exist together for a moment, and the child lowers the
    /// limit again.</param>
    public static void Set(int pid, Rlimit[] limits, bool givesBirth = false)
    {
        for (int i = 0; i < limits.Length; i++)
        {
            Rlimit limit = limits[i];
            rlimit64 wanted = new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
            int resource = Array.IndexOf(KernelNames.Rlimits, limit.Type);
            if (givesBirth && limit.Type == Processes)
                wanted = WithRoomForOne(limit, Sys.Prlimit(pid, resource, limit.Type).rlim_max);
            SysError error = Sys.TryPrlimit(pid, resource, wanted, limit.Type);
            if (error.Failed)
                throw ContainerException.From(ErrorCode.ProcessLimit, error,
                    $"/process/rlimits/{i}: cannot set the limit to {limit.Soft}:{limit.Hard}{(error.Errno == EPERM ? " (EPERM)" : "")}",
                    $"/process/rlimits/{i}", error.Errno == EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE: request less" : null);
        }
    }

    /// <param name="present">The present hard limit; exceeding it needs CAP_SYS_RESOURCE.</param>
    public static rlimit64 WithRoomForOne(Rlimit limit, ulong present)
    {
        ulong hard = present > limit.Hard ? limit.Hard + 1 : limit.Hard;
        return new() { rlim_cur = limit.Soft < hard ? limit.Soft + 1 : hard, rlim_max = hard };
    }

    /// <summary>The RLIMIT_NPROC entry; null: unchanged.</summary>
    public static Rlimit? ProcessLimit(Process? process)
    {
        foreach (Rlimit limit in process?.Rlimits ?? [])
            if (limit.Type == Processes)
                return limit;
        return null;
    }

    /// <summary>
    /// Lowers RLIMIT_NPROC of the process inside, because a tracer could keep it from doing so itself. If the kernel refuses, the only gain
    /// is one more process.
    /// </summary>
    public static void LowerProcesses(int pid, Process? process)
    {
        if (ProcessLimit(process) is not { } limit)
            return;
        int resource = Array.IndexOf(KernelNames.Rlimits, Processes);
        rlimit64 wanted = new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
        Sys.TryPrlimit(pid, resource, wanted, Processes);
    }
}
