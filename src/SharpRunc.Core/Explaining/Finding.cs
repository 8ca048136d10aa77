using System.Collections.Generic;

namespace SharpRunc.Core.Explaining;

/// <summary>
/// Error: no container can be started with the profile as it is. Warning: the profile does not do what its author wrote. Note: it could be
/// shorter, or has no effect in part.
/// </summary>
internal enum Severity { Error, Warning, Note }

/// <summary>Something to report about a profile.</summary>
/// <param name="Pointer">JSON pointer into the file.</param>
internal sealed record Finding(Severity Severity, string Pointer, string Text);

/// <summary>The findings on one profile.</summary>
internal sealed class Findings(ProfileDocument document)
{
    private readonly List<Finding> found = [];

    public ProfileDocument Document => document;

    public bool HasErrors => Count(Severity.Error) > 0;

    /// <param name="pointer">Relative to linux.seccomp: see <see cref="ProfileDocument.Pointer"/>.</param>
    public void Add(Severity severity, string pointer, string text) => found.Add(new(severity, document.Pointer(pointer), text));

    /// <summary>The error that loading the profile would fail with.</summary>
    public void Add(ContainerException e)
    {
        const string Prefix = "seccomp: ";
        string message = document.Message(e);
        if (message.StartsWith(Prefix, System.StringComparison.Ordinal))
            message = message[Prefix.Length..];
        Add(Severity.Error, e.Pointer ?? "", message);
    }

    public int Count(Severity severity) => found.FindAll(finding => finding.Severity == severity).Count;

    /// <summary>The most severe first, otherwise in the order of discovery.</summary>
    public List<Finding> Sorted()
    {
        List<Finding> sorted = [];
        foreach (Severity severity in new[] { Severity.Error, Severity.Warning, Severity.Note })
            sorted.AddRange(found.FindAll(finding => finding.Severity == severity));
        return sorted;
    }
}
