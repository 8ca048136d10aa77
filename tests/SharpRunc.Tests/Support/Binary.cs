using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Threading.Tasks;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>The published program: $SHARPRUNC, or out/sharprunc of this repository. A test that needs it is skipped without it.</summary>
internal static class Binary
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static string Path
        => Environment.GetEnvironmentVariable("SHARPRUNC") ?? System.IO.Path.Combine(Repository.Root, "out", "sharprunc");

    /// <summary>Skips the running test unless the program was built.</summary>
    public static void Require()
    {
        if (!File.Exists(Path))
            Assert.Ignore($"{Path} is missing: make build");
    }

    /// <summary>Runs it to its end; its standard input is empty.</summary>
    public static Result Run(params string[] arguments) => Run(arguments, null);

    /// <param name="environment">Added to ours; a null value takes the variable away.</param>
    public static Result Run(string[] arguments, Dictionary<string, string?>? environment, string? directory = null)
    {
        Require();
        ProcessStartInfo start = new(Path)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = directory ?? "/",
        };
        foreach (string argument in arguments)
            start.ArgumentList.Add(argument);
        foreach ((string name, string? value) in environment ?? [])
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"sharprunc {string.Join(' ', arguments)} did not end within {Patience.TotalSeconds:0} s");
        }
        return new Result(process.ExitCode, output.Result, error.Result);
    }

    internal sealed record Result(int ExitCode, string Output, string Error);
}
