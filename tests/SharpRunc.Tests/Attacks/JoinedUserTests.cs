using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Who is root in a user namespace may look into whoever enters it, unless that process is undumpable; through its root lies the host.
/// </summary>
internal sealed class JoinedUserTests
{
    [Test]
    public void Nobody_enters_a_user_namespace_of_others_dumpable([Values("ns/user", "task/{0}/ns/user")] string path)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), joined = Runtime.NewId();
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000").MapsUsers());
        Bundle bundle = runtime.NewBundle("true")
            .InNamespace("user", $"/proc/{pid}/{string.Format(System.Globalization.CultureInfo.InvariantCulture, path, pid)}");
        int entries = 0;
        foreach (List<Strace.Call> calls in Strace.TraceContainer(runtime, bundle.Write(), joined))
            if (calls.FindIndex(static call => call.Name == "setns" && call.Arguments.Contains("CLONE_NEWUSER")) is >= 0 and var entry)
            {
                entries++;
                int last = calls.FindLastIndex(entry,
                    static call => call.Name == "prctl" && call.Arguments.StartsWith("PR_SET_DUMPABLE", System.StringComparison.Ordinal));
                Assert.That(last, Is.Not.Negative, string.Join('\n', calls));
                Assert.That(calls[last].Arguments, Does.Contain("SUID_DUMP_DISABLE"));
            }
        Assert.That(entries, Is.EqualTo(path == "ns/user" ? 1 : 2), "the container's own, and one that reads the maps");
        runtime.Run("delete", "--force", joined).Expect(0);
    }

    /// <summary>The namespace's owner may stop who asks in it for its maps.</summary>
    [Test]
    public void Nobody_is_waited_for_without_end_who_is_stopped_in_it()
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        int pid = runtime.StartContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000").MapsUsers());
        Bundle bundle = runtime.NewBundle("true").InNamespace("user", $"/proc/{pid}/task/{pid}/ns/user").Write();
        runtime.Execute(["/usr/bin/timeout", "20", "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "trace=setns", "-e",
            "inject=setns:signal=STOP:when=1",
            .. runtime.Command("create", "--bundle", bundle.Path, Runtime.NewId())]).ExpectError("cannot join the user namespace");
    }

    /// <summary>Before Linux 6.17 somebody inside opens the procfs, and has all capabilities in a user namespace of its own.</summary>
    [Test]
    public void Who_opens_a_procfs_inside_may_do_nothing_else([Values] bool userNamespace)
    {
        Strace.Require();
        using Runtime runtime = Runtime.Create();
        string log = System.IO.Path.Combine(runtime.Work, "log");
        Bundle holder = runtime.NewBundle("sleep", "1000");
        int pid = runtime.StartContainer(Runtime.NewId(), userNamespace ? holder.MapsUsers() : holder);
        Bundle bundle = runtime.NewBundle("true").InNamespace("pid", $"/proc/{pid}/ns/pid");
        if (userNamespace)
            bundle.InNamespace("user", $"/proc/{pid}/ns/user");
        runtime.Execute(["/usr/bin/strace", "-f", "-o", log, "-e", "trace=clone,seccomp,fsopen,fsconfig", Probe.Program, "old-kernel",
            .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
        string[] calls = System.IO.File.ReadAllLines(log);
        int birth = System.Array.FindIndex(calls, static call => call.Contains(" clone(") && call.Contains("CLONE_FILES"));
        Assert.That(birth, Is.Not.Negative, string.Join('\n', calls));
        string opener = calls[birth].Split(' ')[0];
        Assert.That(calls[..birth], Has.Some.StartsWith(opener).And.Contain("seccomp(SECCOMP_SET_MODE_FILTER"));
        Leftovers.Reap();
    }
}
