namespace SharpRunc.Core.Diagnosing;

/// <summary>Ok: as it should be. Note: worth knowing, or something that is not there. Problem: containers fail, or this one is not what its
/// state says.</summary>
internal enum Severity { Ok, Note, Problem }

/// <summary>An answer of doctor.</summary>
/// <param name="Topic">A stable key, such as <c>cgroup</c>.</param>
/// <param name="Text">One sentence.</param>
/// <param name="Remedy">The command or setting that mends it, when there is one.</param>
internal sealed record Finding(Severity Severity, string Topic, string Text, string? Remedy = null);
