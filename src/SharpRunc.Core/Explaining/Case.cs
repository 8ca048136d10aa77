using SharpRunc.Core.Seccomp;

namespace SharpRunc.Core.Explaining;

/// <summary>One of the answers that a call may get: where the conditions hold, and no earlier case's did.</summary>
/// <param name="Conditions">None: always.</param>
/// <param name="Action">SECCOMP_RET_…, data included.</param>
internal sealed record Case(Condition[] Conditions, uint Action, Reason Reason)
{
    public bool IsCertain => Conditions.Length == 0;
}

internal enum ReasonKind { Rule, Default, Newer, Unlisted, Withdrawn }

/// <summary>Why something is decided.</summary>
/// <param name="Rule">Index in linux.seccomp.syscalls as it was compiled; −1: no rule's.</param>
internal readonly record struct Reason(ReasonKind Kind, string Text, int Rule = -1)
{
    public static readonly Reason Default = new(ReasonKind.Default, "the default");
}
