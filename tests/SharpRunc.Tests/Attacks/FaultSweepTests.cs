using System.Collections.Generic;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// security.md S24: every call of create that passes the kernel's door is refused once, in the runtime and in the init, by the
/// natively compiled probe. Whatever comes of it, nothing is left behind and nobody hangs.
/// </summary>
internal sealed class FaultSweepTests
{
    private const int Refused = 1;

    [TestCase(1, Description = "EPERM")]
    [TestCase(12, Description = "ENOMEM")]
    [TestCase(38, Description = "ENOSYS")]
    public void A_call_that_is_refused_ends_create_cleanly_or_is_done_without(int errno)
    {
        using Runtime runtime = Runtime.Create();
        string probe = Path.Combine(Path.GetDirectoryName(Runtime.Binary)!, "helpers", "sharprunc-probe");
        if (!File.Exists(probe))
            Assert.Ignore($"{probe} is missing: make helpers");
        Bundle bundle = runtime.Adopt(Bundle.FromFile(Repository.Data("bundles", "docker-default.json"))).Write();
        string[] calls = runtime.Execute([probe, "count", runtime.Root, bundle.Path, "counted"]).Expect(0).Output.Split('\n', System.StringSplitOptions.RemoveEmptyEntries);
        runtime.Run("delete", "--force", "counted").Expect(0);
        Assert.That(calls, Has.Length.GreaterThan(300));

        List<string> wrong = [];
        int refused = 0;
        foreach (string call in calls)
        {
            string[] fields = call.Split(' ', 3);
            Result result = runtime.Execute([probe, "fail", fields[0], fields[1], $"{errno}", runtime.Root, bundle.Path, "victim"]);
            if (result.ExitCode == Refused)
                refused++;
            else if (result.ExitCode != 0 || runtime.Run("delete", "--force", "victim").ExitCode != 0)
                wrong.Add($"{call}: exit {result.ExitCode} {result.Errors}");
            if (Directory.Exists(Path.Combine(runtime.Root, "victim")))
                wrong.Add($"{call}: the state directory is left: {result.Errors}");
            runtime.Run("delete", "--force", "victim");
            Leftovers.Reap();
            foreach (string left in Leftovers.Of(runtime))
                wrong.Add($"{call}: {left}: {result.Errors}");
        }
        Assert.That(wrong, Is.Empty, () => string.Join("\n", wrong));
        Assert.That(refused, Is.GreaterThan(calls.Length / 2), "most calls are needed");
    }
}
