using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>One possible decision for a call: it applies if the conditions hold, and no earlier case applied.</summary>
/// <param name="Conditions">Empty: always.</param>
/// <param name="Action">SECCOMP_RET_…, including its data.</param>
internal sealed record Case(Condition[] Conditions, uint Action, Reason Reason)
{
    public bool IsCertain => Conditions.Length == 0;
}

internal enum ReasonKind { Rule, Default, Newer, Unlisted, Withdrawn }

/// <summary>Why something is decided.</summary>
/// <param name="Rule">Index in linux.seccomp.syscalls as compiled; −1 if no rule decides.</param>
internal readonly record struct Reason(ReasonKind Kind, string Text, int Rule = -1)
{
    public static readonly Reason Default = new(ReasonKind.Default, "the default");
}
