using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Threading;

namespace SharpRunc.Conformance;

/// <summary>Runs tests, some at a time, and tells of each in the order of the catalogue.</summary>
internal sealed class Runner(Host host, Expectations expectations, bool strict)
{
    private int next = -1;

    /// <summary>Set by a signal: no further test begins.</summary>
    public volatile bool Stopped;

    public List<Outcome> Run(List<Test> tests, int jobs, Action<int, Outcome> tell)
    {
        Outcome?[] outcomes = new Outcome?[tests.Count];
        using SemaphoreSlim done = new(0);
        for (int i = 0; i < jobs; i++)
            new Thread(() => Work(tests, outcomes, done)) { IsBackground = true }.Start();
        List<Outcome> told = [];
        for (int finished = 0; finished < tests.Count; finished++)
        {
            done.Wait();
            while (told.Count < tests.Count && Volatile.Read(ref outcomes[told.Count]) is { } outcome)
            {
                told.Add(outcome);
                tell(told.Count, outcome);
            }
        }
        return told;
    }

    private void Work(List<Test> tests, Outcome?[] outcomes, SemaphoreSlim done)
    {
        for (int i; (i = Interlocked.Increment(ref next)) < tests.Count;)
        {
            Volatile.Write(ref outcomes[i], Stopped ? new Outcome(tests[i], Status.Skipped, "interrupted", TimeSpan.Zero, null)
                : Run(tests[i]));
            done.Release();
        }
    }

    private Outcome Run(Test test)
    {
        long started = Stopwatch.GetTimestamp();
        (Status status, string detail) = Try(test);
        if (status == Status.Failed && host.Runtime.Claims(test.Since) is { } claim)
            (status, detail) = (Status.Skipped, $"the runtime claims {claim}, and this is of {test.Since}: {detail}");
        string? expected = expectations.For(test, host.Runtime.Version, status);
        return new Outcome(test, status, detail, Stopwatch.GetElapsedTime(started), expected);
    }

    private (Status, string) Try(Test test)
    {
        try
        {
            using Box box = new(host);
            test.Body(box);
            return (Status.Passed, "");
        }
        catch (Noted note)
        {
            return (strict ? Status.Failed : Status.Passed, note.Message);
        }
        catch (Skipped skip)
        {
            return (Status.Skipped, skip.Message);
        }
        catch (Exception e) when (e is Failed or TimeoutException)
        {
            return (Status.Failed, e.Message);
        }
        catch (Exception e)
        {
            // An answer that the test did not foresee is the runtime's failure too, and no reason to leave the other tests' containers
            // behind.
            return (Status.Failed, $"{e.GetType().Name}: {e.Message}");
        }
    }
}
