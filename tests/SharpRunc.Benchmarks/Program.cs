using System;
using SharpRunc.Benchmarks;
using SharpRunc.Benchmarks.Reporting;
using SharpRunc.Tests.Support;

// Exit 1: a bar was missed, or a report has failures in it; 2: nothing was measured to its end.
Options options = Options.Parse(args);
using Interruption interruption = new();
try
{
    Child.BecomeSubreaper();
    foreach ((string _, string program) in options.Missing)
        Console.WriteLine($"{program} is missing: measured without it");
    return (options.Report is null ? new Benchmark(options).Measure() : new Study(options).Write(options.Report)) ? 0 : 1;
}
catch (Exception e)
{
    // Caught, so that the clean-up below has run.
    Console.Error.WriteLine(e.Message);
    return 2;
}
