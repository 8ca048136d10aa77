using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace SharpRunc.Benchmarks;

/// <summary>
/// sharprunc-benchmarks [--only crowd|seccomp] [--crowd N] [--rounds N] [--iterations N] [--containers N] [--turns N] [--seccomp] [--floor
/// PROGRAM] [--probe PROGRAM]     [--quick] [--report DIRECTORY] NAME=PROGRAM… The first runtime named is compared with the others.
/// </summary>
internal sealed class Options
{
    public int Crowd { get; private set; } = 300;

    public int Rounds { get; private set; } = 5;

    public int Iterations { get; private set; } = 20;

    public int Containers { get; private set; } = 30;

    public int Turns { get; private set; } = 10;

    /// <summary>With the bundle's profile.</summary>
    public bool Seccomp { get; private set; }

    /// <summary>The one part to measure; empty: all.</summary>
    public string Only { get; private set; } = "";

    public string? Floor { get; private set; }

    public string? Probe { get; private set; }

    /// <summary>Where a page with plots is written instead of the tables and their bars.</summary>
    public string? Report { get; private set; }

    /// <summary>A report of a minute, or tables of fewer turns: what is asked for by number goes behind it.</summary>
    public bool Quick { get; private set; }

    public List<(string Name, string Program)> Runtimes { get; } = [];

    public List<(string Name, string Program)> Missing { get; } = [];

    public static Options Parse(string[] args)
    {
        Options options = new();
        for (int i = 0; i < args.Length; i++)
            switch (args[i])
            {
                case "--crowd":
                    options.Crowd = Number(args, ref i);
                    break;
                case "--rounds":
                    options.Rounds = Number(args, ref i);
                    break;
                case "--iterations":
                    options.Iterations = Number(args, ref i);
                    break;
                case "--containers":
                    options.Containers = Number(args, ref i);
                    break;
                case "--turns":
                    options.Turns = Number(args, ref i);
                    break;
                case "--only":
                    options.Only = args[++i];
                    break;
                case "--seccomp":
                    options.Seccomp = true;
                    break;
                case "--floor":
                    options.Floor = Path.GetFullPath(args[++i]);
                    break;
                case "--probe":
                    options.Probe = Path.GetFullPath(args[++i]);
                    break;
                case "--report":
                    options.Report = Path.GetFullPath(args[++i]);
                    break;
                case "--quick":
                    options.Quick = true;
                    (options.Crowd, options.Rounds, options.Iterations, options.Containers, options.Turns) = (50, 2, 5, 5, 3);
                    break;
                default:
                    if (args[i].Split('=', 2) is not [string name, string program])
                        throw new ArgumentException($"{args[i]}: neither an option nor NAME=PROGRAM");
                    (File.Exists(program) ? options.Runtimes : options.Missing).Add((name, Path.GetFullPath(program)));
                    break;
            }
        return options.Runtimes.Count > 0 ? options : throw new ArgumentException("no runtime given: NAME=PROGRAM");
    }

    /// <summary>From here on the runtimes are copies.</summary>
    public void Install(Host host)
    {
        for (int i = 0; i < Runtimes.Count; i++)
            Runtimes[i] = (Runtimes[i].Name, host.Install(Runtimes[i].Name, Runtimes[i].Program));
    }

    private static int Number(string[] args, ref int i) => int.Parse(args[++i], CultureInfo.InvariantCulture);
}
