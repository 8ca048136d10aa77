using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Containers;

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
        new object?[] { Denied(302, 38), null },
        new object?[] { Denied(318, 38), null }, // getrandom
        new object?[] { Denied(318, 1), null },
    ];

    [TestCaseSource(nameof(Conditions))]
    public void A_run_works_or_says_why_not(string condition, string? reason)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("echo", "ran");
        Result result = runtime.Execute(["/bin/bash", "-c", condition, "bash", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        if (reason is null)
            Assert.That(result.Expect(0).Output, Is.EqualTo("ran\n"), result.Errors);
        else
            result.ExpectError(reason);
    }

    [TestCaseSource(nameof(Conditions))]
    public void The_version_is_told_all_the_same(string condition, string? reason)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.Execute(["/bin/bash", "-c", condition, "bash", runtime.Program, "--version"]).Expect(0).Output, Does.Contain("version"));
        Assert.That(reason, Is.Null.Or.Not.Empty);
    }

    [TestCase("-v 50000", "RLIMIT_AS) is too low: 96 MiB are needed")]
    [TestCase("-v 90000", "RLIMIT_AS) is too low: 96 MiB are needed")]
    [TestCase("-d 1000", "RLIMIT_DATA) is too low: 2 MiB are needed")]
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
            Assert.That(runtime.Execute(["/bin/bash", "-c", $"exec \"$@\" {closed}", "bash", .. runtime.Command(command)]).ExitCode, Is.EqualTo(status), closed);
    }

    [TestCase("--version")]
    [TestCase("list")]
    [TestCase("--help")]
    public void A_stdout_that_takes_nothing_is_an_error_that_is_told(string command)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Execute(["/bin/bash", "-c", "exec \"$@\" >/dev/full", "bash", .. runtime.Command(command)]).ExpectError("write stdout: no space left on device");
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
            Result result = runtime.Execute(["/bin/bash", "-c", script, "bash", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
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
