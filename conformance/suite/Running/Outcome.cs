using System;

namespace SharpRunc.Conformance;

internal enum Status
{
    Passed,
    Failed,
    Skipped,
}

/// <summary>What a test came to. <paramref name="Detail"/>: what was expected and seen, why it was skipped, or what was noted.</summary>
/// <param name="Expected">The reason that the expectations give for a failure.</param>
internal sealed record Outcome(Test Test, Status Status, string Detail, TimeSpan Duration, string? Expected)
{
    /// <summary>An expectation that is no longer true is as wrong as a failure that nobody expected.</summary>
    public bool IsUnexpected => Status == Status.Failed ? Expected is null : Status == Status.Passed && Expected is not null;
}
