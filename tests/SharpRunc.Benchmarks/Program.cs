using System;
using SharpRunc.Benchmarks;
using SharpRunc.Tests.Support;

// Exit 1: a bar was missed; 2: nothing was measured to its end.
Options options = Options.Parse(args);
using Interruption interruption = new();
try
{
    Child.BecomeSubreaper();
    foreach ((string _, string program) in options.Missing)
        Console.WriteLine($"{program} is missing: measured without it");
    return new Benchmark(options).Measure() ? 0 : 1;
}
catch (Exception e)
{
    // Caught, so that the clean-up below has run.
    Console.Error.WriteLine(e.Message);
    return 2;
}
