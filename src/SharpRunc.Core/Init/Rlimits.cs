using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>config.md#posix-process: rlimits, set from outside: the init may be in a user namespace that cannot raise its own.</summary>
internal static class Rlimits
{
    public const string Processes = "RLIMIT_NPROC";

    /// <param name="withProcesses">false: of RLIMIT_NPROC only what is asked beyond the present. Who is to be born inside lowers it itself, or could not be born.</param>
    public static void Set(int pid, Rlimit[] limits, bool withProcesses = true)
    {
        for (int i = 0; i < limits.Length; i++)
        {
            Rlimit limit = limits[i];
            rlimit64 wanted = new() { rlim_cur = limit.Soft, rlim_max = limit.Hard };
            int resource = Array.IndexOf(KernelNames.Rlimits, limit.Type);
            if (!withProcesses && limit.Type == Processes)
                wanted.rlim_cur = wanted.rlim_max = Math.Max(limit.Hard, Sys.Prlimit(pid, resource, limit.Type).rlim_max);
            int error = Sys.TryPrlimit(pid, resource, wanted, limit.Type);
            if (error < 0)
                throw ContainerException.From(new SysException("prlimit", limit.Type, -error),
                    $"/process/rlimits/{i}: cannot set the limit to {limit.Soft}:{limit.Hard}{(error == -EPERM ? " (EPERM)" : "")}",
                    $"/process/rlimits/{i}", error == -EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE: ask for less" : null);
        }
    }

    /// <summary>Of the one inside, whom a tracer could keep from lowering it itself; where the kernel does not let us, that is all there is.</summary>
    public static void LowerProcesses(int pid, Rlimit[] limits)
    {
        foreach (Rlimit limit in limits)
            if (limit.Type == Processes)
                Sys.TryPrlimit(pid, Array.IndexOf(KernelNames.Rlimits, Processes), new() { rlim_cur = limit.Soft, rlim_max = limit.Hard }, Processes);
    }
}
