using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using SharpRunc.Benchmarks.Reporting.Sections;
using SharpRunc.Tests.Support;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>All sections, measured one after the other, and the page about them.</summary>
internal sealed class Study(Options options)
{
    /// <returns>False if something failed; the page says what.</returns>
    public bool Write(string directory)
    {
        List<(string Name, string Value)> machine = Machine.Describe();
        Effort effort = options.Quick ? Effort.Quick : Effort.Full;
        machine.Add(("load before", Machine.Load));
        long started = Stopwatch.GetTimestamp();
        using Host host = new();
        options.Install(host);
        Surroundings.Clean(host);
        using Bundle bundle = DockerDefault.New(options.Seccomp), sleeping = DockerDefault.Sleeping(options.Seccomp);
        Setting setting = new(options, effort, host, bundle, new Sleepers(sleeping, host));
        List<Subject> subjects = Subject.All(options, host);
        List<Section> sections = [new Latency(setting), new Crowding(setting), new Parallelism(setting), new Memory(setting),
            new ExecStorm(setting)];
        bool passed = true;
        foreach (Section section in sections)
            passed &= Measure(section);
        machine.Add(("load after", Machine.Load));
        machine.Add(("duration", $"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s ({effort.Name})"));

        Directory.CreateDirectory(directory);
        string page = Path.Combine(directory, "index.html");
        RawData.Write(Path.Combine(directory, "data.json"), machine, subjects, sections);
        File.WriteAllText(page, Page.Draw(machine, subjects, sections, options.Seccomp));
        Console.WriteLine(page);
        return passed;
    }

    private static bool Measure(Section section)
    {
        long started = Stopwatch.GetTimestamp();
        Console.Write($"{section.Title}: ");
        try
        {
            section.Measure();
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            section.Field.Failures.Add($"The section ended early: {e.Message}");
            Processes.EndAll();
        }
        Console.WriteLine($"{Stopwatch.GetElapsedTime(started).TotalSeconds:0} s");
        foreach (string failure in section.Field.Failures)
            Console.WriteLine($"  {failure}");
        return section.Field.Failures.Count == 0;
    }
}
