using System;
using System.Collections.Generic;
using SharpRunc.Core.LastMile;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The system calls that <see cref="Birth"/> makes after a filter was loaded, and whether the filter allows them.</summary>
internal static class BirthCalls
{
    /// <summary>Stands for a pointer argument, for profiles that check arguments.</summary>
    private const ulong Somewhere = 0x1000;

    /// <summary>Returns the calls that the filter refuses; if empty, a child can be born after this filter is loaded.</summary>
    public static List<AdmittedCall> RefusedBy(SeccompProgram program, ProcessPlan plan, int channel)
    {
        List<AdmittedCall> refused = [];
        Ask(SYS_madvise, decisive: 2, 0, 0, (ulong)MADV_DONTFORK);
        Ask(SYS_prctl, decisive: 0, PR_SET_DUMPABLE, 0);
        Ask(SYS_clone, decisive: 0, CLONE_PARENT | SIGCHLD);
        Ask(SYS_write, decisive: 0, (ulong)channel, Somewhere, (ulong)Birth.MessageSize);
        Ask(SYS_prctl, decisive: 0, PR_SET_PDEATHSIG, SIGKILL);
        Ask(SYS_setsid, decisive: -1);
        if (plan.Process is { Terminal: true })
            Ask(SYS_ioctl, decisive: 1, 0, (ulong)TIOCSCTTY, 0);
        if (Rlimits.ProcessLimit(plan.Process) is not null)
            Ask(SYS_prlimit64, decisive: 1, 0, RLIMIT_NPROC);
        Ask(SYS_read, decisive: 0, (ulong)channel, Somewhere, 1);
        if (program.Notifies)
        {
            Ask(SYS_close, decisive: -1);
            if (plan.Process is not { NoNewPrivileges: true })
                Ask(SYS_capset, decisive: -1);
        }
        return refused;

        void Ask(nint call, int decisive, params ReadOnlySpan<ulong> arguments)
        {
            if (!program.Passes(call, arguments))
                refused.Add(decisive < 0 ? new(call) : new(call, decisive, arguments[decisive]));
        }
    }
}
