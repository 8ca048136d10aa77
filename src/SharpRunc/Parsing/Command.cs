using System;
using SharpRunc.Core;

namespace SharpRunc.Parsing;

/// <summary>A command: a row of the table that feeds the parser, the help, the shells' completions and the manual page.</summary>
internal sealed record Command(string Name, string Arguments, string Summary)
{
    /// <summary>Additional text for its help.</summary>
    public string? Description { get; init; }

    public Flag[] Flags { get; init; } = [];

    public int MinArguments { get; init; } = 1;

    /// <summary>−1: any number.</summary>
    public int MaxArguments { get; init; } = 1;

    /// <summary>Everything after the first positional argument belongs to another program's command line.</summary>
    public bool StopsAtFirstArgument { get; init; }

    /// <summary>Its id must not belong to an existing container.</summary>
    public bool MakesContainer { get; init; }

    /// <summary>Its stderr is also the container's: engines take what is written there for the program's output.</summary>
    public bool SharesStderr { get; init; }

    /// <summary>Its first argument is a container.</summary>
    public bool NamesContainer => MaxArguments != 0 && Arguments.AsSpan().TrimStart('[').StartsWith("<container-id>");

    /// <summary>Its first argument is an existing container.</summary>
    public bool TakesContainer => NamesContainer && !MakesContainer;

    /// <summary>The exit status of a failure.</summary>
    public int FailureCode { get; init; } = 1;

    /// <summary>The exit status for an invalid command line.</summary>
    public int UsageCode { get; init; } = 1;

    /// <summary>Commands whose name is this one's plus one word; the first argument selects one.</summary>
    public Command[] Subcommands { get; init; } = [];

    /// <summary>Its first arguments are files.</summary>
    public bool TakesPaths
        => Arguments.StartsWith("<profile>", StringComparison.Ordinal) || Arguments.StartsWith("<bundle>", StringComparison.Ordinal)
            || Arguments.StartsWith("<file>", StringComparison.Ordinal);

    /// <summary>The last word of its name: for a subcommand, what follows the parent command.</summary>
    public string Word => Name[(Name.LastIndexOf(' ') + 1)..];

    /// <summary>The subcommand with that word, or null.</summary>
    public Command? Subcommand(string word) => Array.Find(Subcommands, one => one.Word == word);

    /// <summary>Runs the command and returns the exit status.</summary>
    public required Func<RuntimeContext, Invocation, int> Run { get; init; }
}

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
