using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using SharpRunc.Benchmarks;
using SharpRunc.Tests.Support;

// sharprunc-benchmarks [--only crowd|seccomp] [--crowd N] [--rounds N] [--iterations N] [--containers N] [--turns N] [--seccomp] [--floor PROGRAM] [--probe PROGRAM] NAME=PROGRAM…
// The first runtime named is compared with the others. Exit 1: a bar was missed.
int crowd = 300, rounds = 5, iterations = 20, containers = 30, turns = 10;
bool seccomp = false;
string only = "";
string? floorProgram = null, probe = null;
List<(string Name, string Program)> named = [];
for (int i = 0; i < args.Length; i++)
    if (args[i] == "--crowd")
        crowd = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--rounds")
        rounds = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--iterations")
        iterations = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--containers")
        containers = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--turns")
        turns = int.Parse(args[++i], CultureInfo.InvariantCulture);
    else if (args[i] == "--only")
        only = args[++i];
    else if (args[i] == "--seccomp")
        seccomp = true;
    else if (args[i] == "--floor")
        floorProgram = Path.GetFullPath(args[++i]);
    else if (args[i] == "--probe")
        probe = Path.GetFullPath(args[++i]);
    else if (args[i].Split('=', 2) is [string name, string program])
    {
        if (File.Exists(program))
            named.Add((name, Path.GetFullPath(program)));
        else
            Console.WriteLine($"{program} is missing: measured without it");
    }
if (named.Count == 0)
    throw new ArgumentException("no runtime given: NAME=PROGRAM");

try
{
    return Measure() ? 0 : 1;
}
catch (Exception e)
{
    // Caught, so that the clean-up below has run.
    Console.Error.WriteLine(e.Message);
    return 2;
}

bool Measure()
{
    Child.BecomeSubreaper();
    using Host host = new();
    using Bundle bundle = NewBundle(), sleeping = NewBundle();
    sleeping.Process["args"] = new JsonArray("/bin/sleep", "100000");
    Sleepers sleepers = new(sleeping, host);

    Floor? floor = floorProgram is null ? null : new(floorProgram, bundle, host);
    bool passed = true;
    foreach (string mode in only.Length > 0 ? [] : new[] { Modes.Installed, Modes.ReadOnly })
    {
        List<Candidate> candidates = [];
        foreach ((string name, string program) in named)
            candidates.Add(new Candidate(name, mode == Modes.ReadOnly ? host.ReadOnly(program) : program, Path.Combine(host.Work, "state-" + name), bundle));
        bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
        bundle.Write();

        foreach (Candidate candidate in candidates)
            sleepers.Start(candidate, candidate.Name + "-sleeper");

        foreach (bool warmUp in new[] { true, false })
            for (int round = 0; round < (warmUp ? 1 : rounds); round++)
            {
                for (int i = 0; i < (warmUp ? 2 : iterations); i++)
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
        foreach (Candidate candidate in candidates)
        {
            candidate.Remove(candidate.Name + "-sleeper");
            candidate["memory limit"].Add(MemoryLimit.Smallest(candidate, bundle));
        }
        ExecLoad load = new(sleepers, containers, turns);
        load.Measure(candidates);

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"\n{mode}: {rounds} rounds × {iterations}, median (minimum)"));
        Report.Print(candidates, ["run", "create", "state", "start", "delete", "create+start+delete", "exec", "exec --detach", "exec CPU"], "ms");
        Report.Print(candidates, ["memory limit", "init PSS", "sleeper PSS"], "KiB");
        load.Print(candidates);
        floor?.Print(candidates);
        passed &= Bars.Judge(mode, candidates);
    }
    passed &= only.Length > 0 || MeasureLimited(host);
    passed &= only == "seccomp" || MeasureCrowd(host, bundle, sleepers);
    if (probe is not null && only != "crowd")
        passed &= FilterCost.Print(probe, host);
    if (floorProgram is not null && only != "seccomp")
        JoinCost.Print(floorProgram, host);
    return passed;
}

List<Candidate> Installed(Host host, Bundle bundle, string state)
{
    List<Candidate> candidates = [];
    foreach ((string name, string program) in named)
        candidates.Add(new Candidate(name, program, Path.Combine(host.Work, state + name), bundle));
    return candidates;
}

// A limit in every controller that all of the runtimes know on this machine.
bool MeasureLimited(Host host)
{
    using Bundle bundle = NewBundle();
    ((JsonObject)bundle.Linux["resources"]!)["memory"] = JsonNode.Parse("""{ "limit": 268435456, "reservation": 134217728, "swap": 536870912, "swappiness": 30 }""");
    ((JsonObject)bundle.Linux["resources"]!)["cpu"] = JsonNode.Parse("""{ "shares": 512, "quota": 150000, "period": 100000, "cpus": "0-1", "mems": "0" }""");
    ((JsonObject)bundle.Linux["resources"]!)["pids"] = JsonNode.Parse("""{ "limit": 100 }""");
    bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
    bundle.Write();
    List<Candidate> candidates = Installed(host, bundle, "limited-");
    foreach (bool warmUp in new[] { true, false })
    {
        for (int i = 0; i < (warmUp ? 2 : rounds * iterations); i++)
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

bool MeasureCrowd(Host host, Bundle bundle, Sleepers sleepers)
{
    if (crowd == 0)
        return true;
    bundle.Linux["cgroupsPath"] = host.Cgroup + "/container";
    bundle.Write();
    List<Candidate> candidates = Installed(host, bundle, "crowd-");
    Crowd measured = new(sleepers, crowd, rounds * iterations / 2);
    measured.Measure(candidates);
    return measured.Judge(candidates);
}

Bundle NewBundle()
{
    Bundle bundle = Bundle.FromFile(Path.Combine(AppContext.BaseDirectory, "docker-default.json"));
    bundle.Config["ociVersion"] = "1.0.2";
    if (!seccomp)
        bundle.Linux.Remove("seccomp");
    // Refused or ignored by one runtime or another where the kernel lacks the controller; none of them says anything.
    ((JsonObject)bundle.Linux["resources"]!).Remove("blockIO");
    return bundle;
}
