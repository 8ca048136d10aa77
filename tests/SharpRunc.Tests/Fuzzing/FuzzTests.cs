using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Fuzzing;

/// <summary>
/// Every reader, for some seconds, with the same mutants each time; `make fuzz` goes on for minutes, with others. What fails is printed as
/// hex: a line for Data/fuzz/NAME/found.hex, where it stays.
/// </summary>
internal sealed class FuzzTests
{
    private const int AtLeast = 20;

    /// <summary>A machine that does other things too may stop us for a while: it is slow only if it is slow again.</summary>
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1), Hung = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("FUZZ_SECONDS") ?? "6"));

    private static readonly int Seed = int.Parse(Environment.GetEnvironmentVariable("FUZZ_SEED") ?? "0");

    private static readonly FuzzTarget[] All = Targets.All;

    private volatile byte[] current = [];
    private long begun;

    [TestCaseSource(nameof(All))]
    public void Any_bytes_are_an_answer_or_an_error_soon_and_nothing_is_passed_over(FuzzTarget target)
    {
        List<byte[]> corpus = target.Corpus();
        Func<Dice, byte[]> mutants = target.Mutants(corpus);
        Exception? failure = null;
        int read = 0, refused = 0;
        Thread reader = new(() =>
        {
            try
            {
                foreach (byte[] sample in corpus)
                    Try(target, sample);
                for (Stopwatch clock = Stopwatch.StartNew(); clock.Elapsed < Budget;)
                    for (int i = 0; i < 10; i++)
                        _ = Try(target, mutants(new Dice(Seed + read + refused))) ? read++ : refused++;
            }
            catch (Exception e)
            {
                failure = e;
            }
        });
        reader.IsBackground = true;
        Interlocked.Exchange(ref begun, Stopwatch.GetTimestamp());
        reader.Start();
        while (!reader.Join(1_000))
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref begun)) > Hung)
                Assert.Fail($"{target} hangs: {Convert.ToHexString(current)}");
        TestContext.Out.WriteLine($"{read} read, {refused} refused");
        if (failure is not null)
            Assert.Fail($"{target}: {failure}\n{Convert.ToHexString(current)}");
        Assert.That(read + refused, Is.GreaterThan(AtLeast));
        Assert.That(read, Is.Positive, "or the mutants are too wild");
    }

    /// <summary>True: it was read; false: refused as declared.</summary>
    private bool Try(FuzzTarget target, byte[] input)
    {
        current = input;
        for (int attempt = 0; ; attempt++)
        {
            Interlocked.Exchange(ref begun, Stopwatch.GetTimestamp());
            bool isRead = true;
            try
            {
                target.Read(input);
            }
            catch (Exception e) when (target.Declares(e))
            {
                isRead = false;
            }
            if (Stopwatch.GetElapsedTime(Interlocked.Read(ref begun)) < Slow)
                return isRead;
            if (attempt == 2)
                throw new TimeoutException("more than a second, three times");
        }
    }
}
