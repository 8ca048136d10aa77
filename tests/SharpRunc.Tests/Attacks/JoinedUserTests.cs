using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Who is root in a user namespace may look into whoever enters it, unless that process is undumpable; through its root lies the host.</summary>
internal sealed class JoinedUserTests
{
    [Test]
    public void Nobody_enters_a_user_namespace_of_others_dumpable([Values("ns/user", "task/{0}/ns/user")] string path)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), joined = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").MapsUsers());
        Bundle bundle = runtime.NewBundle("true").InNamespace("user", $"/proc/{pid}/{string.Format(System.Globalization.CultureInfo.InvariantCulture, path, pid)}");
        int entries = 0;
        foreach (List<Strace.Call> calls in Strace.TraceContainer(runtime, bundle.Write(), joined))
            if (calls.FindIndex(static call => call.Name == "setns" && call.Arguments.Contains("CLONE_NEWUSER")) is >= 0 and var entry)
            {
                entries++;
                int last = calls.FindLastIndex(entry, static call => call.Name == "prctl" && call.Arguments.StartsWith("PR_SET_DUMPABLE", System.StringComparison.Ordinal));
                Assert.That(last, Is.Not.Negative, string.Join('\n', calls));
                Assert.That(calls[last].Arguments, Does.Contain("SUID_DUMP_DISABLE"));
            }
        Assert.That(entries, Is.EqualTo(path == "ns/user" ? 1 : 2), "the container's own, and one that reads the maps");
        runtime.Run("delete", "--force", joined).Expect(0);
    }
}
