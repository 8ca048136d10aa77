using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using SharpRunc.Benchmarks.Reporting.Plots;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>What a container needs to start, what waits, and how large the commands become.</summary>
internal sealed class Memory(Setting setting) : Section(setting, "memory")
{
    private const string Peak = "peak of ";

    private readonly string measured = Path.Combine(setting.Host.Work, "peak"), pidFile = Path.Combine(setting.Host.Work, "peak.pid"),
        errors = Path.Combine(setting.Host.Work, "peak.err");

    public override string Title => "Memory";

    public override string Unit(string series) => "KiB";

    public override void Measure()
    {
        for (int i = 0; i < Math.Max(1, Setting.Effort.Weighings / 3); i++)
            Field.Each(candidate => candidate["memory limit"].Add(MemoryLimit.Smallest(candidate, Setting.Bundle)));
        for (int i = 0; i < Setting.Effort.Weighings; i++)
        {
            Field.Each(candidate => candidate.WeighInit());
            Field.Each(Setting.Sleepers.Weigh);
            if (Setting.Options.Floor is { } floor)
            {
                Field.Each(candidate => MeasurePeaks(candidate, floor));
                OfHarness(Peak + "/bin/true").Add(PeakOf(floor, ["/bin/true"]));
            }
        }
    }

    public override IEnumerable<string> Draw()
    {
        List<Group> small = [Of("memory limit", "smallest memory limit"), Of("init PSS", "init between create and start"),
            Of("sleeper PSS", "a container that sleeps")], groups = [];
        yield return Html.Figure(BarPlot.Draw("Smallest memory limit, and what stays", "MiB", "MiB", 1024, small),
            "Limit: linux.resources.memory.limit, found by halving to a page, with which <code>run</code> of /bin/true succeeds three "
            + "times of three. Init: proportional set size (smaps_rollup) of the process that waits for <code>start</code>. Sleeping: "
            + "that of all "
            + "processes that are there because the container is: its program, and any that its runtime leaves.");
        foreach (string operation in (ReadOnlySpan<string>)["run", "create", "state", "start", "delete", "exec"])
            groups.Add(Of(Peak + operation, operation));
        if (Harness.Count > 0)
            yield return Html.Figure(BarPlot.Draw("Peak resident set of each command", "MiB", "MiB", 1024, groups),
                "ru_maxrss of wait4: the largest of the command's process and those that it waited for, shared pages included. Each is "
                + "forked from a small program, because the kernel counts the starter's own "
                + string.Create(CultureInfo.InvariantCulture, $"size for what posix_spawn starts; the host's /bin/true "
                    + $"is {OfHarness(Peak + "/bin/true").Median / 1024:0.00} MiB this way."));
        yield return QuantileTable.Draw([.. small, .. groups], "KiB");
    }

    private void MeasurePeaks(Candidate candidate, string floor)
    {
        string id = candidate.Name, sleeper = id + "-peak";
        Setting.Sleepers.Start(candidate, sleeper);
        Take("run", "run", "--bundle", Setting.Bundle.Path, id);
        Take("create", "create", "--bundle", Setting.Bundle.Path, "--pid-file", pidFile, id);
        Take("state", "state", id);
        Take("start", "start", id);
        Child.Reap(int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture));
        Take("delete", "delete", id);
        Take("exec", "exec", sleeper, "/bin/true");
        candidate.Remove(sleeper);

        void Take(string operation, params string[] arguments)
            => candidate[Peak + operation].Add(PeakOf(floor, candidate.Command(arguments)));
    }

    private double PeakOf(string floor, string[] command)
    {
        Interruption.ThrowIfAsked();
        int exit = Child.Start([floor, "--peak", measured, .. command], errors: errors).Wait();
        return exit == 0 ? double.Parse(File.ReadAllText(measured), CultureInfo.InvariantCulture)
            : throw new InvalidOperationException($"{string.Join(' ', command)}: exit {exit}\n{File.ReadAllText(errors)}");
    }
}
