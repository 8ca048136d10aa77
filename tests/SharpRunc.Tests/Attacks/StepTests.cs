using System;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Races of names (CVE-2021-30465, CVE-2024-45310, CVE-2025-31133, CVE-2025-52565, CVE-2025-52881): before each call of the set-up
/// in turn, in the runtime and in its child, an attacker exchanges names of the image. Whatever comes of it, the host's files are what they
/// were, and the container has the mounts that were asked for or is refused and leaves nothing.
/// </summary>
internal sealed class StepTests
{
    private static readonly bool Soak = Environment.GetEnvironmentVariable("SOAK") is not null;

    /// <summary>
    /// Each name alone, before each call that looks at it (every second one, for what is rarely worse); a soak: before each call.
    /// </summary>
    [Test]
    public void A_name_of_the_image_that_is_exchanged_before_any_call_leads_nowhere([Values] Trick trick)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        using TemporaryDirectory host = new();
        Steps steps = new(runtime, sentinel, new Prey(runtime, sentinel, host.Path));
        int turn = 0, every = Soak || trick is Trick.Link or Trick.Move ? 1 : 2;
        foreach ((string Name, string Place, Lure Lure) target in Prey.Targets)
            foreach (WatchedCall call in Soak ? steps.Calls : steps.CallsTouching(target.Place))
                if (turn++ % every == 0)
                    steps.Replay(trick, [call], target);
        steps.Verify();
    }

    [Test]
    public void All_names_exchanged_at_once_before_any_call_lead_nowhere()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        using TemporaryDirectory host = new();
        Steps steps = new(runtime, sentinel, new Prey(runtime, sentinel, host.Path));
        foreach (WatchedCall call in steps.Calls)
            if (Soak || Steps.LooksAtNames(call))
                steps.Replay(Trick.Link, [call], Prey.Targets);
        steps.Verify();
    }

    /// <summary>Exchanged, and back before anyone could see it.</summary>
    [Test]
    public void A_name_that_is_exchanged_for_a_moment_leads_nowhere()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        using TemporaryDirectory host = new();
        Steps steps = new(runtime, sentinel, new Prey(runtime, sentinel, host.Path));
        Random random = new(20261121);
        for (int i = 0; i < (Soak ? 5000 : 100); i++)
        {
            (string Name, string Place, Lure Lure) target = Prey.Targets[random.Next(Prey.Targets.Length)];
            WatchedCall[] calls = [.. steps.CallsTouching(target.Place)];
            int first = random.Next(calls.Length), second = random.Next(calls.Length);
            if (first != second)
                steps.Replay((Trick)random.Next((int)Trick.Remove), [calls[Math.Min(first, second)], calls[Math.Max(first, second)]],
                    target);
        }
        steps.Verify();
    }
}
