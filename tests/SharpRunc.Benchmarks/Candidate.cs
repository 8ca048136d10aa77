using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.IO;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>One runtime under measurement, and the samples taken of it.</summary>
internal sealed class Candidate(string name, string program, string state, Bundle bundle)
{
    /// <summary>Of the command and all that it waited for; behind the operation's name.</summary>
    public const string Cpu = ", CPU";

    private readonly Dictionary<string, Series> series = [];
    private readonly string pidFile = state + ".pid";

    public string Name => name;

    public string Program => program;

    public IReadOnlyDictionary<string, Series> All => series;

    /// <summary>Every runtime that is here, with a state directory of its own for each.</summary>
    /// <param name="state">What the directories' names begin with.</param>
    public static List<Candidate> Each(Options options, Host host, Bundle bundle, string state)
    {
        List<Candidate> candidates = [];
        foreach ((string name, string program) in options.Runtimes)
            candidates.Add(new Candidate(name, program, Path.Combine(host.Work, state + name), bundle));
        return candidates;
    }

    public Series this[string operation] => series.TryGetValue(operation, out Series? found) ? found : series[operation] = new();

    /// <summary>Drops the samples of the warm-up.</summary>
    public void Forget() => series.Clear();

    /// <summary>Runs the container to its end.</summary>
    public void Run() => Time("run", Command("run", "--bundle", bundle.Path, name));

    /// <summary>create, state, start, delete, each timed; the container has ended before it is deleted.</summary>
    /// <param name="prefix">Of the series' names.</param>
    public void Cycle(string prefix = "")
    {
        double create = Time(prefix + "create", Command("create", "--bundle", bundle.Path, "--pid-file", pidFile, name));
        int init = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        Time(prefix + "state", Command("state", name));
        double start = Time(prefix + "start", Command("start", name));
        Child.Reap(init);
        double delete = Time(prefix + "delete", Command("delete", name));
        if (!double.IsNaN(create + start + delete))
            this[prefix + "create+start+delete"].Add(create + start + delete);
    }

    /// <summary>A container that lives on, for what is run in it.</summary>
    public void Sleep(string id, Bundle sleeper)
        => Must(Command("run", "--detach", "--bundle", sleeper.Path, "--pid-file", PidFileOf(id), id));

    public void Exec(string id)
    {
        Time("exec", Command("exec", id, "/bin/true"));
        Time("exec --detach", Command("exec", "--detach", "--pid-file", pidFile, id, "/bin/true"));
        Child.Reap(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
    }

    /// <summary>One attached exec in each, and the processor time of one of them, all its processes included, in milliseconds.</summary>
    public void ExecInEach(IReadOnlyList<string> ids)
    {
        double before = Processes.ChildrenCpu;
        foreach (string id in ids)
            if (Child.Start(Command("exec", id, "/bin/true")).Wait() != 0)
                Must(Command("exec", id, "/bin/true"));
        this["exec CPU"].Add((Processes.ChildrenCpu - before) / ids.Count);
    }

    public void Remove(string id)
    {
        Must(Command("delete", "--force", id));
        Child.Reap(int.Parse(File.ReadAllText(PidFileOf(id)), CultureInfo.InvariantCulture));
    }

    /// <summary>Proportional set size of the waiting init, KiB.</summary>
    public void WeighInit()
    {
        Must(Command("create", "--bundle", bundle.Path, "--pid-file", pidFile, name));
        string pid = File.ReadAllText(pidFile);
        this["init PSS"].Add(Processes.Pss(pid));
        Must(Command("delete", "--force", name));
        Child.Reap(int.Parse(pid, CultureInfo.InvariantCulture));
    }

    /// <summary>True if the bundle as it is now runs to exit code 0; whatever a failure left is removed.</summary>
    public bool Starts()
    {
        Interruption.ThrowIfAsked();
        bool ok;
        try
        {
            ok = Child.Start(Command("run", "--bundle", bundle.Path, name)).Wait(TimeSpan.FromSeconds(5)) == 0;
        }
        catch (TimeoutException)
        {
            ok = false;
        }
        if (!ok)
            Discard(name);
        return ok;
    }

    private string PidFileOf(string id) => $"{state}-{id}.pid";

    /// <summary>Whatever is there under a name is ended and removed.</summary>
    public void Discard(string id)
    {
        try
        {
            Child.Start(Command("delete", "--force", id)).Wait();
        }
        catch (Win32Exception) { } // what cannot be executed has made nothing
    }

    public string[] Command(params string[] arguments) => [program, "--root", state, .. arguments];

    /// <returns>Milliseconds; not a number if it failed once: that is counted, and is no sample.</returns>
    private double Time(string operation, string[] command)
    {
        Interruption.ThrowIfAsked();
        double before = Processes.ChildrenCpu;
        long started = Stopwatch.GetTimestamp();
        int exit = Child.Start(command).Wait();
        double milliseconds = Stopwatch.GetElapsedTime(started).TotalMilliseconds;
        if (exit == 0)
        {
            this[operation].Add(milliseconds);
            this[operation + Cpu].Add(Processes.ChildrenCpu - before);
            return milliseconds;
        }
        this[operation].Fail();
        Must(command);
        return double.NaN;
    }

    /// <summary>Runs it once more where the message can be read.</summary>
    private void Must(string[] command)
    {
        Interruption.ThrowIfAsked();
        string errors = state + ".err";
        int exit = Child.Start(command, errors: errors).Wait();
        if (exit != 0)
            throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}\n{File.ReadAllText(errors)}");
    }
}
