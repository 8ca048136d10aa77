using System;
using System.Globalization;

namespace SharpRunc.Conformance;

/// <summary>The command line.</summary>
internal sealed record Options
{
    public const string Usage = """
        conformance [OPTION…] RUNTIME
          --filter TEXT   only tests whose id contains TEXT (may be given again)
          --list          the tests, and what a black box cannot decide; needs no runtime
          --covers FILE   whether each id of a catalogue of sentences is tested or said to be undecided; needs no runtime
          --json FILE     a report
          --expect FILE   the failures that are known; by default what lies in the folder of expectations under the runtime's name
          --expectations DIR  that folder
          --inside FILE   the program of the containers, static
          --strict        also fail where the specification may be read in the runtime's favour
          --jobs N        tests at a time (1)
        """;

    public string? Runtime { get; init; }

    public string[] Filters { get; init; } = [];

    public bool List { get; init; }

    public string? Covers { get; init; }

    public bool Strict { get; init; }

    public string? Json { get; init; }

    public string? Expect { get; init; }

    public string Expectations { get; init; } = "conformance/expectations";

    public string Inside { get; init; } = "out/conformance/inside";

    public int Jobs { get; init; } = 1;

    /// <exception cref="ArgumentException">An option that is not known, or lacks its value.</exception>
    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int i = 0; i < args.Length; i++)
            options = args[i] switch
            {
                "--list" => options with { List = true },
                "--strict" => options with { Strict = true },
                "--covers" => options with { Covers = Value(args, ref i) },
                "--filter" => options with { Filters = [.. options.Filters, Value(args, ref i)] },
                "--json" => options with { Json = Value(args, ref i) },
                "--expect" => options with { Expect = Value(args, ref i) },
                "--expectations" => options with { Expectations = Value(args, ref i) },
                "--inside" => options with { Inside = Value(args, ref i) },
                "--jobs" => options with { Jobs = int.Parse(Value(args, ref i), CultureInfo.InvariantCulture) },
                _ when args[i].StartsWith('-')
                    || options.Runtime is not null => throw new ArgumentException($"{args[i]}: not understood\n{Usage}"),
                _ => options with { Runtime = args[i] },
            };
        return options.Runtime is null && options.Covers is null && !options.List ? throw new ArgumentException(Usage) : options;
    }

    public bool Selects(Test test) => Filters.Length == 0 || Array.Exists(Filters, f => test.Id.Contains(f, StringComparison.Ordinal));

    private static string Value(string[] args, ref int i)
        => ++i < args.Length ? args[i] : throw new ArgumentException($"{args[i - 1]} needs a value");
}
