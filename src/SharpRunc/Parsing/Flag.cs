using System;

namespace SharpRunc.Parsing;

internal enum FlagKind { Switch, Text, Path, Number, Duration, Repeated }

/// <summary>A flag: a row of the table that feeds the parser, the help, the shells' completions and the manual page.</summary>
/// <param name="Name">Without dashes; one dash and two are equivalent.</param>
/// <param name="Short">The one-letter name, or '\0'.</param>
/// <param name="Default">The default value as described in the help.</param>
/// <param name="Hidden">Accepted, but not listed in the help.</param>
internal sealed record Flag(string Name, char Short, FlagKind Kind, string Help, string? Default = null, bool Hidden = false)
{
    /// <summary>All meaningful values; empty: any.</summary>
    public string[] Choices { get; init; } = [];

    public bool Is(ReadOnlySpan<char> name) => name.SequenceEqual(Name) || (name.Length == 1 && Short != '\0' && name[0] == Short);
}
