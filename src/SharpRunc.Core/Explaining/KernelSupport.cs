using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What a kernel's seccomp(2) supports.</summary>
/// <param name="HasAction">Takes SECCOMP_RET_…, without data.</param>
/// <param name="HasFlags">Takes SECCOMP_FILTER_FLAG_… values, combined.</param>
internal sealed record KernelSupport(Func<uint, bool> HasAction, Func<uint, bool> HasFlags)
{
    public static KernelSupport OfThisKernel => new(Sys.HasSeccompAction, Sys.HasSeccompFlags);

    public void Check(Findings findings)
    {
        Spec.Seccomp seccomp = findings.Document.Seccomp;
        HashSet<uint> seen = [];
        CheckAction(findings, Decision.FromDefault(seccomp), "/defaultAction", seen);
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
            CheckAction(findings, Decision.FromRule(seccomp.Syscalls[i], i), $"/syscalls/{i}/action", seen);
        uint flags = SeccompFlags.From(seccomp);
        foreach ((uint flag, string name) in SeccompFlags.Names)
        {
            // The kernel accepts this flag only together with a listener.
            uint asked = flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ? flag | SECCOMP_FILTER_FLAG_NEW_LISTENER : flag;
            if ((flags & flag) == 0 || HasFlags(asked))
                continue;
            int at = seccomp.Flags is null ? -1 : Array.IndexOf(seccomp.Flags, name);
            findings.Add(Severity.Error, at < 0 ? "/flags" : $"/flags/{at}", $"this kernel does not support {name}");
        }
    }

    private void CheckAction(Findings findings, uint decision, string pointer, HashSet<uint> seen)
    {
        uint action = decision & SECCOMP_RET_ACTION_FULL;
        if (seen.Add(action) && !HasAction(action))
            findings.Add(Severity.Error, pointer,
                $"this kernel does not support {Wording.ActionName(action)}: it kills the process instead");
    }
}
