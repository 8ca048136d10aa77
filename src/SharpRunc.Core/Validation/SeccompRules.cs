using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>config-linux.md#seccomp.</summary>
internal static class SeccompRules
{
    private const string Notify = SeccompListener.Action;

    private static readonly string[] Actions =
    [
        "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_TRAP", "SCMP_ACT_ERRNO", "SCMP_ACT_TRACE",
        "SCMP_ACT_ALLOW", "SCMP_ACT_LOG", Notify,
    ];

    private static readonly string[] Operators =
        ["SCMP_CMP_NE", "SCMP_CMP_LT", "SCMP_CMP_LE", "SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_MASKED_EQ"];

    private static readonly string[] Flags =
    [
        "SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    public static void Check(Spec.Seccomp seccomp)
    {
        DefaultActionIsRequired(seccomp);
        ArchitecturesMustBeKnown(seccomp.Architectures);
        NamesMustBeKnown(seccomp.Flags ?? [], "flags", Flags);
        ListenerMetadataMustNotBeSetWithoutListenerPath(seccomp);
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
        {
            NamesMustContainAtLeastOneEntry(seccomp.Syscalls[i], i);
            ErrnoRetIsForActionsThatCarryIt(seccomp.Syscalls[i], i);
            ArgumentsMustBePossible(seccomp.Syscalls[i], i);
        }
        NotifyNeedsAListener(seccomp);
    }

    /// <summary>
    /// Required, but an empty object counts as no profile, because engines rely on it. A NOTIFY default would block the runtime's own
    /// calls.
    /// </summary>
    private static void DefaultActionIsRequired(Spec.Seccomp seccomp)
    {
        const string Pointer = "/linux/seccomp/defaultAction";
        if (seccomp is { DefaultAction: "", Syscalls: [], Architectures: [], Flags: null or [], DefaultErrnoRet: null, ListenerPath: null })
            return;
        MustBeKnown(Actions, seccomp.DefaultAction, Pointer);
        if (seccomp.DefaultAction == Notify)
            throw Rule.Broken(Pointer, $"{Notify} cannot be the default: there is no listener yet when the runtime's own calls reach it");
        if (seccomp.DefaultErrnoRet is not null && !CarriesErrno(seccomp.DefaultAction))
            throw Rule.Broken("/linux/seccomp/defaultErrnoRet", $"{seccomp.DefaultAction} cannot return an errno");
    }

    private static void ArchitecturesMustBeKnown(string[] names)
    {
        if (!Array.TrueForAll(names, static name => Architecture.Find(name) is not null))
            NamesMustBeKnown(names, "architectures", Array.ConvertAll(Architecture.All, static architecture => architecture.Name));
    }

    private static void NamesMustBeKnown(string[] names, string property, string[] known)
    {
        for (int i = 0; i < names.Length; i++)
            if (Array.IndexOf(known, names[i]) < 0)
                throw Rule.Broken($"/linux/seccomp/{property}/{i}", $"expected one of {string.Join(", ", known)}; got \"{names[i]}\"");
    }

    /// <summary>"This field MUST NOT be set if listenerPath is not set".</summary>
    private static void ListenerMetadataMustNotBeSetWithoutListenerPath(Spec.Seccomp seccomp)
    {
        if (seccomp.ListenerMetadata is not null && seccomp.ListenerPath is null)
            throw Rule.Broken("/linux/seccomp/listenerMetadata", "must not be set without listenerPath");
    }

    /// <summary>
    /// "listenerPath … specifies the path of UNIX domain socket over which the runtime will send": without it the call would wait for
    /// ever.
    /// </summary>
    private static void NotifyNeedsAListener(Spec.Seccomp seccomp)
    {
        if (string.IsNullOrEmpty(seccomp.ListenerPath) && SeccompListener.IsWanted(seccomp))
            throw Rule.Broken("/linux/seccomp/listenerPath", $"is required with {Notify}: the Unix socket of the agent that decides");
    }

    /// <summary>
    /// "names MUST contain at least one entry". The listener could never be notified of write, because the runtime needs write to reach it.
    /// </summary>
    private static void NamesMustContainAtLeastOneEntry(SeccompRule rule, int index)
    {
        if (rule.Names.Length == 0)
            throw Rule.Broken($"/linux/seccomp/syscalls/{index}/names", "must contain at least one entry");
        if (rule.Action == Notify && Array.IndexOf(rule.Names, "write") >= 0)
            throw Rule.Broken($"/linux/seccomp/syscalls/{index}/action", $"{Notify} cannot be used for the write syscall");
    }

    /// <summary>"If the action doesn't support returning an errno, the runtime MUST error".</summary>
    private static void ErrnoRetIsForActionsThatCarryIt(SeccompRule rule, int index)
    {
        if (Array.IndexOf(Actions, rule.Action) < 0)
            throw Rule.NotOneOf($"/linux/seccomp/syscalls/{index}/action", rule.Action, Actions);
        if (rule.ErrnoRet is not null && !CarriesErrno(rule.Action))
            throw Rule.Broken($"/linux/seccomp/syscalls/{index}/errnoRet", $"{rule.Action} cannot return an errno");
    }

    private static void ArgumentsMustBePossible(SeccompRule rule, int index)
    {
        for (int i = 0; i < rule.Args.Length; i++)
        {
            SeccompArg arg = rule.Args[i];
            if (arg.Index > 5)
                throw Rule.Broken($"/linux/seccomp/syscalls/{index}/args/{i}/index", $"expected an integer from 0 to 5; got {arg.Index}");
            if (Array.IndexOf(Operators, arg.Op) < 0)
                throw Rule.NotOneOf($"/linux/seccomp/syscalls/{index}/args/{i}/op", arg.Op, Operators);
        }
    }

    private static bool CarriesErrno(string action) => action is "SCMP_ACT_ERRNO" or "SCMP_ACT_TRACE";

    private static void MustBeKnown(string[] known, string value, string pointer) => Rule.MustBeOneOf(pointer, value, known);
}
