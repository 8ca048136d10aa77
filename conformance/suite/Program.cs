using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;

namespace SharpRunc.Conformance;

/// <summary>Exit status 0: as it should be, or exactly as expected; 1: it is not; 2: the suite could not run.</summary>
internal static class Program
{
    public static int Main(string[] args)
    {
        try
        {
            return Run(Options.Parse(args));
        }
        catch (Exception e) when (e is ArgumentException or IOException or UnauthorizedAccessException or Skipped or Failed
            or FormatException or TimeoutException)
        {
            Console.WriteLine($"Bail out! {e.Message.ReplaceLineEndings("\n# ")}");
            return 2;
        }
    }

    private static int Run(Options options)
    {
        List<Test> tests = Catalogue.Tests().FindAll(options.Selects);
        if (options.List)
            return Listing.Print(tests);
        if (options.Covers is not null)
            return Listing.Compare(tests, options.Covers);
        using Host host = new(options.Runtime!, options.Inside);
        Expectations expectations = Expectations.Read(options.Expect ?? Path.Combine(options.Expectations, host.Runtime.Name + ".tsv"));
        foreach (string id in expectations.Ids)
            if (!Catalogue.Tests().Exists(t => t.Id == id))
                throw new ArgumentException($"an expectation names a test that is not there: {id}");
        Runner runner = new(host, expectations, options.Strict);
        using PosixSignalRegistration interrupt = Heed(PosixSignal.SIGINT), terminate = Heed(PosixSignal.SIGTERM),
            hangup = Heed(PosixSignal.SIGHUP);
        Tap tap = new(Console.Out);
        tap.Begin(host, tests.Count);
        List<Outcome> outcomes = runner.Run(tests, options.Jobs, tap.Tell);
        Counts counts = Counts.Of(outcomes);
        tap.End(counts, runner.Stopped);
        if (options.Json is not null)
            Report.Write(options.Json, host, outcomes);
        return runner.Stopped ? 2 : counts.Failed + counts.Stale > 0 ? 1 : 0;

        // The test that runs ends, or its runtime does, by the same signal; then all is cleaned up as always.
        PosixSignalRegistration Heed(PosixSignal signal)
            => PosixSignalRegistration.Create(signal, context => context.Cancel = runner.Stopped = true);
    }
}
