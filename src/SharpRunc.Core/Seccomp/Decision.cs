using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The actions of config-linux.md#seccomp as SECCOMP_RET_… values, including their data.</summary>
internal static class Decision
{
    private const uint MaxErrno = 4095;

    /// <summary>The return value for an action and its errnoRet.</summary>
    /// <param name="pointer">JSON pointer of the object that holds the action.</param>
    /// <param name="property">The name of the action's property in that object.</param>
    /// <param name="errnoProperty">The name of the errno's property in that object.</param>
    public static uint From(string action, uint? errno, string pointer, string property, string errnoProperty)
    {
        uint decision = action switch
        {
            "SCMP_ACT_KILL" or "SCMP_ACT_KILL_THREAD" => SECCOMP_RET_KILL_THREAD,
            "SCMP_ACT_KILL_PROCESS" => SECCOMP_RET_KILL_PROCESS,
            "SCMP_ACT_TRAP" => SECCOMP_RET_TRAP,
            "SCMP_ACT_ERRNO" => SECCOMP_RET_ERRNO,
            "SCMP_ACT_TRACE" => SECCOMP_RET_TRACE,
            "SCMP_ACT_LOG" => SECCOMP_RET_LOG,
            "SCMP_ACT_ALLOW" => SECCOMP_RET_ALLOW,
            SeccompListener.Action => SECCOMP_RET_USER_NOTIF,
            _ => throw Refused($"seccomp: unknown action \"{action}\"", pointer, property),
        };
        bool carriesErrno = decision is SECCOMP_RET_ERRNO or SECCOMP_RET_TRACE;
        if (!carriesErrno && errno is null)
            return decision;
        if (!carriesErrno)
            throw Refused($"seccomp: {action} cannot carry an errno; only SCMP_ACT_ERRNO and SCMP_ACT_TRACE can", pointer, errnoProperty);
        uint number = errno ?? EPERM;
        // The kernel clamps a larger errno and keeps 16 bits of a trace message: either would differ from the request.
        uint limit = decision == SECCOMP_RET_ERRNO ? MaxErrno : SECCOMP_RET_DATA;
        if (number > limit)
            throw Refused($"seccomp: errno {number} is above {limit}", pointer, errnoProperty);
        return decision | number;
    }

    /// <summary>NOTIFY is refused as the default: there is no listener yet when the runtime's own calls reach it.</summary>
    public static uint FromDefault(Spec.Seccomp profile)
    {
        const string Pointer = "/linux/seccomp", Action = "defaultAction";
        if (profile.DefaultAction.Length == 0)
            throw Refused("seccomp: defaultAction is required", Pointer, Action);
        if (profile.DefaultAction == SeccompListener.Action)
            throw Refused($"seccomp: {SeccompListener.Action} cannot be the default", Pointer, Action);
        return From(profile.DefaultAction, profile.DefaultErrnoRet, Pointer, Action, "defaultErrnoRet");
    }

    public static uint FromRule(SeccompRule rule, int index)
        => From(rule.Action, rule.ErrnoRet, $"/linux/seccomp/syscalls/{index}", "action", "errnoRet");

    private static ContainerException Refused(string message, string pointer, string property)
        => new(ErrorCode.SeccompProfile, message) { Pointer = $"{pointer}/{property}" };
}
