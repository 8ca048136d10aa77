using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>config.md#posix-process: rlimits, set from outside: the init may be in a user namespace that cannot raise its own.</summary>
internal static class Rlimits
{
    public static void Set(int pid, Rlimit[] limits)
    {
        for (int i = 0; i < limits.Length; i++)
        {
            Rlimit limit = limits[i];
            int error = Sys.TryPrlimit(pid, Array.IndexOf(KernelNames.Rlimits, limit.Type), new() { rlim_cur = limit.Soft, rlim_max = limit.Hard }, limit.Type);
            if (error < 0)
                throw ContainerException.From(new SysException("prlimit", limit.Type, -error),
                    $"/process/rlimits/{i}: cannot set the limit to {limit.Soft}:{limit.Hard}{(error == -EPERM ? " (EPERM)" : "")}",
                    $"/process/rlimits/{i}", error == -EPERM ? "raising a hard limit needs CAP_SYS_RESOURCE: ask for less" : null);
        }
    }
}
