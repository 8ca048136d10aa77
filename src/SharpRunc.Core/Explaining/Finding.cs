using System.Collections.Generic;

namespace SharpRunc.Core.Explaining;

/// <summary>An error: no container can be started as the profile says. A warning: it does not do what somebody wrote. A note: it could be shorter or says less.</summary>
internal enum Severity { Error, Warning, Note }

/// <summary>Something that is to be said about a profile.</summary>
/// <param name="Pointer">JSON pointer into the file.</param>
internal sealed record Finding(Severity Severity, string Pointer, string Text);

/// <summary>What was found in one profile.</summary>
internal sealed class Findings(ProfileDocument document)
{
    private readonly List<Finding> _found = [];

    public ProfileDocument Document => document;

    public bool HasErrors => Count(Severity.Error) > 0;

    /// <param name="pointer">Below linux.seccomp: see <see cref="ProfileDocument.Pointer"/>.</param>
    public void Add(Severity severity, string pointer, string text) => _found.Add(new(severity, document.Pointer(pointer), text));

    /// <summary>The failure that loading it would end with.</summary>
    public void Add(ContainerException e)
    {
        const string prefix = "seccomp: ";
        string message = document.Message(e);
        Add(Severity.Error, e.Pointer ?? "", message.StartsWith(prefix, System.StringComparison.Ordinal) ? message[prefix.Length..] : message);
    }

    public int Count(Severity severity) => _found.FindAll(finding => finding.Severity == severity).Count;

    /// <summary>The worst first, otherwise as they were found.</summary>
    public List<Finding> Sorted()
    {
        List<Finding> sorted = [];
        foreach (Severity severity in new[] { Severity.Error, Severity.Warning, Severity.Note })
            sorted.AddRange(_found.FindAll(finding => finding.Severity == severity));
        return sorted;
    }
}
