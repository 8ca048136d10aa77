using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>A restored process looks at its neighbours as soon as criu lets it run: none of them has anything of the host's.</summary>
internal sealed class RestoredWatcherTests
{
    [Test]
    public void Nothing_of_the_host_can_be_seen_in_who_was_restored([Values] bool mapped)
    {
        using CriuRuntime criu = new();
        string tag = "host" + Guid.NewGuid().ToString("N"), secret = Path.Combine(criu.Runtime.Work, "secret");
        File.WriteAllText(secret, tag);
        Bundle bundle = criu.NewBundle($"(exec /bin/sleep 1000) & exec probe observe /tmp/orders /tmp/answers 0 "
            + $"look {secret} {tag} {criu.Runtime.Root} {criu.Images}");
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        string tmp = Path.Combine(bundle.Rootfs, "tmp");
        foreach (string fifo in new[] { "orders", "answers" })
            criu.Runtime.Execute(["/usr/bin/mkfifo", "-m", "666", Path.Combine(tmp, fifo)]).Expect(0);
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((JsonArray)bundle.Process["capabilities"]![set]!).Add((JsonNode)"CAP_SYS_PTRACE");
        if (mapped)
            bundle.WithUserNamespace();
        string id = criu.Start(bundle);
        Look(criu, tmp);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle).Expect(0);
        Look(criu, tmp);
    }

    private static void Look(CriuRuntime criu, string tmp)
    {
        string answer = criu.Runtime.Execute(["/usr/bin/timeout", "20", "/bin/sh", "-c", "echo -n x >$0/orders; head -n 1 $0/answers", tmp])
            .Expect(0).Output;
        Match seen = Regex.Match(answer, @"^(\d+) (.*)");
        Assert.That(seen.Success && seen.Groups[1].Value != "0", Is.True, $"somebody was seen: {answer}");
        Assert.That(seen.Groups[2].Value, Is.Empty);
    }
}
