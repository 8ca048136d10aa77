namespace SharpRunc.Conformance;

/// <summary>Sentences that cannot be decided from outside, and why.</summary>
internal static class Undecided
{
    public static readonly (string Id, string Reason)[] Rows =
    [
        ("capabilities.warning", "runtime.md#runtimeWarnings does not say how, or even if, a warning is shown"),
    ];
}
