using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>What a program said and how it ended.</summary>
/// <param name="ExitCode">Exit status, or 128 + signal.</param>
internal sealed record Result(string Command, int ExitCode, string Output, string Errors)
{
    /// <summary>Fails the test with everything that was said unless the exit code is this one.</summary>
    public Result Expect(int exitCode)
    {
        Assert.That(ExitCode, Is.EqualTo(exitCode), $"{Command}\nstdout: {Output}\nstderr: {Errors}");
        return this;
    }

    /// <summary>An error that names what it is about.</summary>
    public Result ExpectError(string about, int exitCode = 1)
    {
        Expect(exitCode);
        // The text log quotes its message.
        Assert.That(Errors.Replace("\\\"", "\"", System.StringComparison.Ordinal), Does.Contain(about).IgnoreCase, Command);
        return this;
    }
}
