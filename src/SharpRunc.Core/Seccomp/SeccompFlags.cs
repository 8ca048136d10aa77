namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>linux.seccomp.flags as SECCOMP_FILTER_FLAG_….</summary>
internal static class SeccompFlags
{
    /// <summary>All flags that a filter may be loaded with.</summary>
    public static (uint Flag, string Name)[] Names =>
    [
        (SECCOMP_FILTER_FLAG_LOG, "SECCOMP_FILTER_FLAG_LOG"),
        (SECCOMP_FILTER_FLAG_SPEC_ALLOW, "SECCOMP_FILTER_FLAG_SPEC_ALLOW"),
        (SECCOMP_FILTER_FLAG_NEW_LISTENER, "SECCOMP_FILTER_FLAG_NEW_LISTENER"),
        (SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV, "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"),
    ];

    public static uint From(Spec.Seccomp profile)
    {
        // Unset: as in runc, which spares containers the speculation mitigation; every kernel since 4.17 has the flag.
        uint listener = SeccompListener.IsWanted(profile) ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0;
        if (profile.Flags is null)
            return listener | SECCOMP_FILTER_FLAG_SPEC_ALLOW;
        uint flags = listener;
        for (int i = 0; i < profile.Flags.Length; i++)
            flags |= profile.Flags[i] switch
            {
                // Accepted but not set: the thread that loads the filter is the only one.
                "SECCOMP_FILTER_FLAG_TSYNC" => 0,
                "SECCOMP_FILTER_FLAG_LOG" => SECCOMP_FILTER_FLAG_LOG,
                "SECCOMP_FILTER_FLAG_SPEC_ALLOW" => SECCOMP_FILTER_FLAG_SPEC_ALLOW,
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" when listener != 0 => SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
                "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV" => throw Refused(profile.Flags[i], "is only for profiles with SCMP_ACT_NOTIFY", i),
                _ => throw Refused(profile.Flags[i], "is unknown", i),
            };
        return flags;
    }

    private static ContainerException Refused(string flag, string why, int index)
        => new($"seccomp: flag {flag} {why}") { Pointer = $"/linux/seccomp/flags/{index}" };
}
