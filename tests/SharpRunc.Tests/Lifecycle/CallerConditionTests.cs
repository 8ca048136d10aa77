using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Whatever state the caller is in, the runtime works or says why not, and leaves nothing.</summary>
internal sealed class CallerConditionTests
{
    /// <summary>Becomes a process for which one call fails: number, errno, command.</summary>
    private const string Deny = """
        import ctypes, os, struct, sys
        number, error = map(int, sys.argv[1:3])
        code = b"".join(struct.pack("HBBI", *each) for each in ((0x20, 0, 0, 0), (0x15, 0, 1, number), (6, 0, 0, 0x50000 | error), (6, 0, 0, 0x7fff0000)))
        filter = ctypes.create_string_buffer(code)
        assert ctypes.CDLL(None).prctl(22, 2, struct.pack("HxxxxxxQ", 4, ctypes.addressof(filter)), 0, 0) == 0
        os.execv(sys.argv[3], sys.argv[3:])
        """;

    /// <summary>As systemd's RestrictAddressFamilies= without AF_INET and AF_INET6 does it.</summary>
    private const string NoInternet = """
        import ctypes, os, struct, sys
        code = b"".join(struct.pack("HBBI", *each) for each in ((0x20, 0, 0, 0), (0x15, 0, 4, 41), (0x20, 0, 0, 16), (0x15, 1, 0, 2), (0x15, 0, 1, 10), (6, 0, 0, 0x50000 | 97), (6, 0, 0, 0x7fff0000)))
        filter = ctypes.create_string_buffer(code)
        assert ctypes.CDLL(None).prctl(22, 2, struct.pack("HxxxxxxQ", 7, ctypes.addressof(filter)), 0, 0) == 0
        os.execv(sys.argv[1], sys.argv[1:])
        """;

    private static string Denied(int call, int errno) => $"exec python3 -c '{Deny}' {call} {errno} \"$@\"";

    private static readonly object[] Conditions =
    [
        new object?[] { "exec env -i \"$@\"", null },
        new object?[] { "d=$(mktemp -d); cd $d; rmdir $d; exec \"$@\"", null },
        new object?[] { "exec \"$@\" 0<&-", null },
        new object?[] { "exec \"$@\" 2>&-", null },
        new object?[] { "ulimit -n 16; exec \"$@\"", "RLIMIT_NOFILE) is 16: sharprunc needs 64" },
        new object?[] { "ulimit -n 64; exec \"$@\"", null },
        new object?[] { "ulimit -n 64; run=$1; shift; exec $run --log /dev/null \"$@\"", null },
        new object?[] { "ulimit -v 400000; exec \"$@\"", null },
        new object?[] { "ulimit -d 8000; exec \"$@\"", null },
        new object?[] { "ulimit -i 0; exec \"$@\"", null },
        new object?[] { "ulimit -l 0; exec \"$@\"", null },
        new object?[] { "ulimit -s 256; exec \"$@\"", null },
        new object?[] { "ulimit -s 64; exec \"$@\"", null },
        new object?[] { "ulimit -s unlimited; exec \"$@\"", null },
        new object?[] { "exec -a $(head -c 100000 /dev/zero | tr '\\0' x) \"$@\"", null },
        new object?[] { "export X=$(head -c 100000 /dev/zero | tr '\\0' x); exec \"$@\"", null },
        new object?[] { Denied(435, 1), "clone3: operation not permitted (a seccomp profile around this program forbids the call" },
        new object?[] { Denied(435, 38), "clone3: function not implemented (a seccomp profile around this program hides the call" },
        new object?[] { Denied(437, 38), "function not implemented (a seccomp profile around this program hides the call" },
        new object?[] { Denied(437, 1), "operation not permitted (a seccomp profile around this program may forbid the call" },
        new object?[] { Denied(302, 38), null },
        new object?[] { Denied(318, 38), null }, // getrandom
        new object?[] { Denied(318, 1), null },
        new object?[] { $"exec python3 -c '{NoInternet}' \"$@\"", null },
        new object?[] { "exec \"$@\" 0<&- 2>&-", null },
        new object?[] { "ulimit -u 1; exec \"$@\"", null },
        new object?[] { "exec unshare --mount --propagation private sh -c 'mount -t tmpfs -o ro none /run; exec \"$@\"' sh \"$@\"", null },
    ];

    private static void RequireToolsOf(string condition)
    {
        if (condition.Contains("python3", StringComparison.Ordinal))
            Tool.Require("python3");
    }

    [TestCaseSource(nameof(Conditions))]
    public void A_run_works_or_says_why_not(string condition, string? reason)
    {
        RequireToolsOf(condition);
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("echo", "ran");
        Result result =
            runtime.Execute(["/bin/bash", "-c", condition, "bash", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        if (reason is null)
            Assert.That(result.Expect(0).Output, Is.EqualTo("ran\n"), result.Errors);
        else
            result.ExpectError(reason);
    }

    /// <summary>What one verb could not do is done without the condition, so that each of the others is asked.</summary>
    [TestCaseSource(nameof(Conditions))]
    public void Every_verb_works_or_says_why_not(string condition, string? reason)
    {
        RequireToolsOf(condition);
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["resources"] = JsonNode.Parse("""{"pids":{"limit":100}}""");
        string id = Runtime.NewId();
        string[][] ps = Tool.IsThere("ps") ? [["ps", id]] : [];
        string[][] verbs = [["create", "--bundle", bundle.Write().Path, id], ["start", id], ["state", id], .. ps, ["list"],
            ["exec", id, "true"], ["update", "--pids-limit", "50", id], ["kill", id, "KILL"]];
        foreach (string[] verb in verbs)
            Works(verb);
        Eventually.Holds(() => runtime.Run("state", id).Output.Contains("stopped"), "the container has stopped");
        Works(["delete", id]);

        void Works(string[] verb)
        {
            Result result = runtime.Execute(["/bin/bash", "-c", condition, "bash", .. runtime.Command(verb)]);
            if (result.ExitCode == 0)
                return;
            Assert.That(reason, Is.Not.Null, $"{verb[0]}: {result.Errors}");
            Assert.That(result.Errors, Does.Contain(reason), verb[0]);
            runtime.Run(verb).Expect(0);
        }
    }

    /// <summary>An ordinary user's: root of the host may always have one more.</summary>
    [TestCase("create"), TestCase("list"), TestCase("state")]
    public void A_limit_of_the_callers_processes_holds_for_an_ordinary_user_and_is_named(string verb)
    {
        using Runtime runtime = Runtime.CreateForUser();
        string[] arguments = verb switch
        {
            "create" => [verb, "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()],
            "list" => [verb],
            _ => [verb, "nosuch"]
        };
        Result result =
            runtime.Execute(runtime.User!.Command(["/bin/bash", "-c", "ulimit -u 1; exec "
                + "\"$@\"", "bash", runtime.Program, "--root", runtime.Root, .. arguments]));
        if (verb == "list")
            result.Expect(0);
        else
            result.ExpectError(verb == "state" ? "does not exist" : "RLIMIT_NPROC");
    }

    [TestCaseSource(nameof(Conditions))]
    public void The_version_is_told_all_the_same(string condition, string? reason)
    {
        RequireToolsOf(condition);
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.Execute(["/bin/bash", "-c", condition, "bash", runtime.Program, "--version"]).Expect(0).Output,
            Does.Contain("version"));
        Assert.That(reason, Is.Null.Or.Not.Empty);
    }

    [TestCase("-v 50000", "RLIMIT_AS) is too low: 96 MiB are needed")]
    [TestCase("-v 90000", "RLIMIT_AS) is too low: 96 MiB are needed")]
    [TestCase("-d 1500", "RLIMIT_DATA) is too low: 2 MiB are needed")]
    public void Without_memory_for_our_heap_there_is_a_word_before_there_is_one(string limit, string reason)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Execute(["/bin/bash", "-c", $"ulimit {limit}; exec \"$@\"", "bash", runtime.Program, "--version"]).ExpectError(reason);
    }

    [TestCase("--version", 0)]
    [TestCase("list", 0)]
    [TestCase("run", 1)]
    [TestCase("--help", 0)]
    public void With_closed_streams_a_command_is_the_same(string command, int status)
    {
        using Runtime runtime = Runtime.Create();
        foreach (string closed in new[] { "0<&-", ">&-", "2>&-", "0<&- >&-", "0<&- >&- 2>&-" })
            Assert.That(runtime.Execute(["/bin/bash", "-c", $"exec \"$@\" {closed}", "bash", .. runtime.Command(command)]).ExitCode,
                Is.EqualTo(status), closed);
    }

    [TestCase("--version")]
    [TestCase("list")]
    [TestCase("--help")]
    public void A_stdout_that_takes_nothing_is_an_error_that_is_told(string command)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Execute(["/bin/bash", "-c", "exec \"$@\" >/dev/full", "bash", .. runtime.Command(command)])
            .ExpectError("write stdout: no space left on device");
    }

    [TestCase(1, "the caller may have no more processes")]
    [TestCase(50, null)]
    public void A_callers_limit_of_processes_holds_for_us_and_is_named(int limit, string? reason)
    {
        const string cgroup = "/sys/fs/cgroup/pids";
        if (!File.Exists(Path.Combine(cgroup, "cgroup.procs")))
            Assert.Ignore("a pids hierarchy of v1 is needed to move the caller alone");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("echo", "ran");
        // The bash itself is the one process that the group may have.
        string place = $"{cgroup}/{runtime.CgroupName}-caller";
        string script = $"mkdir {place} && echo {limit} >{place}/pids.max && echo $$ >{place}/cgroup.procs && exec \"$@\"";
        try
        {
            Result version = runtime.Execute(["/bin/bash", "-c", script, "bash", runtime.Program, "--version"]).Expect(0);
            Assert.That(version.Output, Does.Contain("version"));
            Directory.Delete(place);
            Result result =
                runtime.Execute(["/bin/bash", "-c", script, "bash", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
            if (reason is null)
                Assert.That(result.Expect(0).Output, Is.EqualTo("ran\n"));
            else
                result.ExpectError(reason);
        }
        finally
        {
            if (Directory.Exists(place))
                Directory.Delete(place);
        }
    }
}
