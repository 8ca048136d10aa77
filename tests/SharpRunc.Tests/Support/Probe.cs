using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>The natively compiled program whose calls to the kernel are watched (tests/SharpRunc.Probe).</summary>
internal static class Probe
{
    public static string Program
    {
        get
        {
            string program = Path.Combine(Path.GetDirectoryName(Runtime.Binary)!, "helpers", "sharprunc-probe");
            if (!File.Exists(program))
                Assert.Ignore($"{program} is missing: make helpers");
            return program;
        }
    }

    /// <summary>Every call of a command, the program's sealing included.</summary>
    public static WatchedCall[] Count(Runtime runtime, params string[] command) => Calls(runtime, "count", command);

    /// <summary>Every call that <see cref="Step"/> can be told of.</summary>
    public static WatchedCall[] List(Runtime runtime, params string[] command) => Calls(runtime, "list", command);

    /// <summary>That call is refused.</summary>
    public static Result Fail(Runtime runtime, WatchedCall call, int errno, params string[] command)
        => runtime.Execute([Program, "fail", call.Who, $"{call.Number}", $"{errno}", .. command]);

    /// <summary>Before each of these calls the moves of a file are made.</summary>
    public static Result Step(Runtime runtime, IEnumerable<WatchedCall> calls, string moves, params string[] command)
        => runtime.Execute([Program, "step", string.Join(',', Array.ConvertAll<WatchedCall, string>([.. calls], call => $"{call.Who}:{call.Number}")), moves, .. command]);

    private static WatchedCall[] Calls(Runtime runtime, string mode, string[] command)
        => Array.ConvertAll(runtime.Execute([Program, mode, .. command]).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), WatchedCall.Parse);
}

/// <param name="Who">runtime or child.</param>
/// <param name="Subject">What it is about, where the caller says so.</param>
internal sealed record WatchedCall(string Who, int Number, string Name, string Subject)
{
    public static WatchedCall Parse(string line)
    {
        string[] fields = line.Split(' ', 4);
        return new(fields[0], int.Parse(fields[1], System.Globalization.CultureInfo.InvariantCulture), fields[2], fields[3]);
    }

    public override string ToString() => $"{Who} {Number} {Name} {Subject}";
}
