using System;
using System.Diagnostics;
using System.Threading;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>What another process does in its own time.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    public static void Holds(Func<bool> condition, string what)
    {
        for (long started = Stopwatch.GetTimestamp(); !condition(); Thread.Sleep(5))
            if (Stopwatch.GetElapsedTime(started) > Patience)
                Assert.Fail(what);
    }
}
