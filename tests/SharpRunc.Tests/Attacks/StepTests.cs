using System;
using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// security.md S13 and §4.1 (CVE-2021-30465, CVE-2024-45310, CVE-2025-31133, CVE-2025-52565, CVE-2025-52881): before each call of the set-up
/// in turn, in the runtime and in its child, an attacker exchanges names of the image. Whatever comes of it, the host's files are what they
/// were, and the container has the mounts that were asked for or is refused and leaves nothing.
/// </summary>
internal sealed class StepTests
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SOAK") is not null;

    [Test]
    public void Whatever_is_exchanged_before_any_call_of_create_the_host_is_not_reached([Values] Trick trick)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        using TemporaryDirectory host = new();
        Steps steps = new(runtime, sentinel, new Prey(runtime, sentinel, host.Path));
        foreach (WatchedCall call in steps.Calls)
            if (Soak || Steps.LooksAtNames(call))
                steps.Replay(trick, [call], Prey.Targets);
        steps.Judge();
    }
}
