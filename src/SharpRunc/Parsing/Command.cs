using System;
using SharpRunc.Core;

namespace SharpRunc.Parsing;

/// <summary>One command: a row of the table that feeds the parser, the help, the shells' completions and the manual page.</summary>
internal sealed record Command(string Name, string Arguments, string Summary)
{
    /// <summary>More for its help than the summary.</summary>
    public string? Description { get; init; }

    public Flag[] Flags { get; init; } = [];

    public int MinArguments { get; init; } = 1;

    /// <summary>−1: any number.</summary>
    public int MaxArguments { get; init; } = 1;

    /// <summary>What follows the first positional argument belongs to someone else's command line.</summary>
    public bool StopsAtFirstArgument { get; init; }

    /// <summary>Its id is one that no container has yet.</summary>
    public bool MakesContainer { get; init; }

    /// <summary>Its standard error is the container's too: an engine takes what is written there for the program's.</summary>
    public bool SharesStderr { get; init; }

    /// <summary>Its first argument is a container that exists.</summary>
    public bool TakesContainer => MaxArguments != 0 && !MakesContainer && Arguments.StartsWith("<container-id>", StringComparison.Ordinal);

    /// <summary>The exit status of a failure.</summary>
    public int FailureCode { get; init; } = 1;

    /// <summary>The exit status of a command line that cannot be understood.</summary>
    public int UsageCode { get; init; } = 1;

    /// <summary>Commands whose names are this one's and one more word; its first argument says which.</summary>
    public Command[] Subcommands { get; init; } = [];

    /// <summary>Its arguments begin with files.</summary>
    public bool TakesPaths => Arguments.StartsWith("<profile>", StringComparison.Ordinal);

    /// <summary>The last word of its name: what follows the command whose subcommand it is.</summary>
    public string Word => Name[(Name.LastIndexOf(' ') + 1)..];

    /// <summary>The subcommand of that word, or null.</summary>
    public Command? Subcommand(string word) => Array.Find(Subcommands, one => one.Word == word);

    /// <summary>Does it and returns the exit status.</summary>
    public required Func<RuntimeContext, Invocation, int> Run { get; init; }
}
