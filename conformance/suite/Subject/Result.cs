namespace SharpRunc.Conformance;

/// <summary>How a call of the runtime ended.</summary>
/// <param name="ExitCode">128 + signal as a shell says it.</param>
internal sealed record Result(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>What goes on being written by the container.</summary>
    public string OutputFile { get; init; } = "";

    public bool Succeeded => ExitCode == 0;

    /// <summary>What it said, for a diagnosis.</summary>
    public string Said => (Errors.Length > 0 ? Errors : Output).Trim();

    /// <param name="what">What cannot go on without it.</param>
    public Result Expect(string what) => Succeeded ? this : throw new Failed($"{what} fails with status {ExitCode}: {Said}");

    /// <summary>An error is said by the exit status; a signal is a crash.</summary>
    public Result ExpectError(string what) => ExitCode switch
    {
        0 => throw new Failed($"{what}: expected an error, and there is none"),
        > 128 and < 192 => throw new Failed($"{what}: the runtime crashes by signal {ExitCode - 128}: {Said}"),
        _ => this,
    };
}
