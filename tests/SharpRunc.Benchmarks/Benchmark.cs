using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks;

/// <summary>Every runtime on the same bundle, interleaved: tables, and whether each bar was reached.</summary>
internal sealed class Benchmark(Options options)
{
    private static readonly string[] Timed = ["run", "create", "state", "start", "delete", "exec", "exec --detach"];

    /// <returns>False if a bar was missed.</returns>
    public bool Measure()
    {
        using Host host = new();
        options.Install(host);
        Surroundings.Clean(host);
        using Bundle bundle = DockerDefault.New(options.Seccomp), sleeping = DockerDefault.Sleeping(options.Seccomp);
        Sleepers sleepers = new(sleeping, host);
        Floor? floor = options.Floor is null ? null : new(options.Floor, bundle, host);
        string only = options.Only;
        bool passed = true;
        foreach (string mode in only.Length > 0 ? [] : new[] { Modes.Installed, Modes.ReadOnly })
            passed &= MeasureMode(mode, host, bundle, sleepers, floor);
        passed &= only.Length > 0 || MeasureLimited(host);
        passed &= only == "seccomp" || MeasureCrowd(host, bundle, sleepers);
        if (options.Probe is not null && only != "crowd")
            passed &= FilterCost.Print(options.Probe, host);
        if (options.Floor is not null && only != "seccomp")
            JoinCost.Print(options.Floor, host);
        return passed;
    }

    private bool MeasureMode(string mode, Host host, Bundle bundle, Sleepers sleepers, Floor? floor)
    {
        List<Candidate> candidates = [];
        foreach ((string name, string program) in options.Runtimes)
        {
            string used = mode == Modes.ReadOnly ? host.ReadOnly(name, program) : program;
            candidates.Add(new Candidate(name, used, Path.Combine(host.Work, "state-" + name), bundle));
        }
        bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
        bundle.Write();

        foreach (Candidate candidate in candidates)
            sleepers.Start(candidate, candidate.Name + "-sleeper");
        foreach (bool warmUp in new[] { true, false })
            for (int round = 0; round < (warmUp ? 1 : options.Rounds); round++)
                MeasureRound(candidates, sleepers, floor, warmUp);
        foreach (Candidate candidate in candidates)
        {
            candidate.Remove(candidate.Name + "-sleeper");
            candidate["memory limit"].Add(MemoryLimit.Smallest(candidate, bundle));
        }
        ExecLoad load = new(sleepers, options.Containers, options.Turns);
        load.Measure(candidates);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"\n{mode}: {options.Rounds} rounds × {options.Iterations}, median (first quartile, minimum)"));
        string[] operations = ["run", "create", "state", "start", "delete", "create+start+delete", "exec", "exec --detach", "exec CPU"];
        Report.Print(candidates, operations, "ms");
        Report.Print(candidates, [.. Array.ConvertAll(Timed, static operation => operation + Candidate.Cpu)], "ms");
        Report.Print(candidates, ["memory limit", "init PSS", "sleeper PSS"], "KiB");
        load.Print(candidates);
        floor?.Print(candidates);
        return Bars.Judge(mode, candidates);
    }

    private void MeasureRound(List<Candidate> candidates, Sleepers sleepers, Floor? floor, bool warmUp)
    {
        for (int i = 0; i < (warmUp ? 2 : options.Iterations); i++)
        {
            foreach (Candidate candidate in candidates)
                candidate.Run();
            floor?.Run();
            foreach (Candidate candidate in candidates)
                candidate.Cycle();
            foreach (Candidate candidate in candidates)
                candidate.Exec(candidate.Name + "-sleeper");
        }
        foreach (Candidate candidate in candidates)
        {
            if (warmUp)
                candidate.Forget();
            else
            {
                candidate.WeighInit();
                sleepers.Weigh(candidate);
            }
        }
        if (warmUp)
            floor?.Forget();
    }

    // A limit in every controller that all of the runtimes know on this machine.
    private bool MeasureLimited(Host host)
    {
        using Bundle bundle = DockerDefault.New(options.Seccomp);
        JsonObject resources = (JsonObject)bundle.Linux["resources"]!;
        resources["memory"] = JsonNode.Parse("""{ "limit": 268435456, "reservation": 134217728, "swap": 536870912, "swappiness": 30 }""");
        resources["cpu"] = JsonNode.Parse("""{ "shares": 512, "quota": 150000, "period": 100000, "cpus": "0-1", "mems": "0" }""");
        resources["pids"] = JsonNode.Parse("""{ "limit": 100 }""");
        bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
        bundle.Write();
        List<Candidate> candidates = Candidate.Each(options, host, bundle, "limited-");
        foreach (bool warmUp in new[] { true, false })
        {
            for (int i = 0; i < (warmUp ? 2 : options.Rounds * options.Iterations); i++)
            {
                foreach (Candidate candidate in candidates)
                    candidate.Run();
                foreach (Candidate candidate in candidates)
                    candidate.Cycle();
            }
            if (warmUp)
                foreach (Candidate candidate in candidates)
                    candidate.Forget();
        }
        Console.WriteLine($"\n{Modes.Limited}");
        Report.Print(candidates, ["run", "create", "state", "start", "delete", "create+start+delete"], "ms");
        return Bars.Judge(Modes.Limited, candidates);
    }

    private bool MeasureCrowd(Host host, Bundle bundle, Sleepers sleepers)
    {
        if (options.Crowd == 0)
            return true;
        bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
        bundle.Write();
        List<Candidate> candidates = Candidate.Each(options, host, bundle, "crowd-");
        Crowd measured = new(new Population(sleepers), options.Crowd, options.Rounds * options.Iterations / 2);
        measured.Measure(candidates);
        return measured.Judge(candidates);
    }
}
