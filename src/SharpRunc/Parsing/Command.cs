using System;
using SharpRunc.Core.Containers;

namespace SharpRunc.Parsing;

/// <summary>One command: a row of the table that feeds the parser and the help.</summary>
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

    /// <summary>The exit status of a failure (cli.md §11).</summary>
    public int FailureCode { get; init; } = 1;

    /// <summary>Does it and returns the exit status; null while the command is not there yet.</summary>
    public Func<RuntimeContext, Invocation, int>? Run { get; init; }
}
