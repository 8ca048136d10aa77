using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Runtime.InteropServices;
using NUnit.Framework;
using SharpRunc.Linux.Bpf;

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
        => runtime.Execute([Program, "step",
            string.Join(',', Array.ConvertAll<WatchedCall, string>([.. calls], call => $"{call.Who}:{call.Number}")), moves, .. command]);

    /// <summary>
    /// The kernel's answers to filters that it was asked to load: how many they were, and errno(3) by the index of each that it refused.
    /// </summary>
    public static (int Asked, Dictionary<int, int> Refused) Load(IEnumerable<Instruction[]> programs)
    {
        string probe = Program;
        using TemporaryDirectory directory = new();
        int asked = 0;
        using (FileStream file = File.Create(directory["programs"]))
            foreach (Instruction[] program in programs)
            {
                file.Write(BitConverter.GetBytes(program.Length));
                file.Write(MemoryMarshal.AsBytes(program.AsSpan()));
                asked++;
            }
        int exit = Child.Start([probe, "load", directory["programs"]], directory["answers"], directory["errors"])
            .Wait(TimeSpan.FromMinutes(5));
        Assert.That((exit, File.ReadAllText(directory["errors"])), Is.EqualTo((0, "")));
        string[] lines = File.ReadAllLines(directory["answers"]);
        Dictionary<int, int> refused = [];
        foreach (string line in lines[..^1])
            refused.Add(int.Parse(line[..line.IndexOf(' ')], CultureInfo.InvariantCulture),
                int.Parse(line[line.IndexOf(' ')..], CultureInfo.InvariantCulture));
        Assert.That(lines[^1], Is.EqualTo($"loaded {asked - refused.Count} of {asked}"));
        return (asked, refused);
    }

    private static WatchedCall[] Calls(Runtime runtime, string mode, string[] command)
        => Array.ConvertAll(runtime.Execute([Program, mode, .. command])
            .Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries), WatchedCall.Parse);
}

/// <param name="Who">runtime or child.</param>
/// <param name="Subject">What it is about, where the caller says so.</param>
internal sealed record WatchedCall(string Who, int Number, string Name, string Subject)
{
    public static WatchedCall Parse(string line)
    {
        string[] fields = line.Split(' ', 4);
        return new(fields[0], int.Parse(fields[1], CultureInfo.InvariantCulture), fields[2], fields[3]);
    }

    public override string ToString() => $"{Who} {Number} {Name} {Subject}";
}
