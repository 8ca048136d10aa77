using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp, action: what becomes of a call that the kernel finds in the filter.</summary>
[TestFixture(true)]
[TestFixture(false)]
internal sealed class SeccompActionTests(bool noNewPrivileges)
{
    private static readonly string[] Errnos =
    [
        Rule("getppid", "SCMP_ACT_ERRNO"), Rule("getpgrp", "SCMP_ACT_ERRNO", ", \"errnoRet\": 28"),
        Rule("getuid", "SCMP_ACT_ERRNO", ", \"errnoRet\": 0"), Rule("getgid", "SCMP_ACT_ERRNO", ", \"errnoRet\": 4095"),
    ];

    /// <summary>
    /// EPERM where none is named; with 0 the call is not made and seems to have been; 4095 is the last that the kernel knows.
    /// </summary>
    [Test]
    public void An_errno_is_the_calls_answer()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Errnos), "110", "111", "102", "104", "107");
        bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(),
            Is.EqualTo(new[] { "110 = -1", "111 = -28", "102 = 0", "104 = -4095", "107 = 1000" }));
    }

    /// <summary>swapon is older than the profile's newest call, so it meets the default; what is newer than that is not there.</summary>
    [TestCase(0, "-1"), TestCase(123, "-123"), TestCase(4095, "-4095")]
    public void The_defaults_errno_is_the_answer_to_what_no_rule_names(int errno, string answer)
    {
        using Runtime runtime = Runtime.Create();
        JsonNode profile = Captured("ctr-seccomp.json");
        if (errno != 0)
            profile["defaultErrnoRet"] = errno;
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, profile, "167", "i386/87", "1000", "435");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(),
            Is.EqualTo(new[] { $"167 = {answer}", $"i386/87 = {answer}", "1000 = -38", "435 = -38" }));
    }

    [TestCase("SCMP_ACT_KILL"), TestCase("SCMP_ACT_KILL_THREAD"), TestCase("SCMP_ACT_KILL_PROCESS")]
    public void A_process_with_one_thread_is_killed_by_SIGSYS(string action)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Rule("getppid", action)), "child/110", "child/i386/64", "107");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(),
            Is.EqualTo(new[] { "child/110 killed by 31", "child/i386/64 killed by 31", "107 = 0" }));
    }

    [TestCase("SCMP_ACT_KILL"), TestCase("SCMP_ACT_KILL_THREAD")]
    public void Of_several_threads_only_the_one_that_called_is_killed(string action)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Rule("getppid", action)), "thread/107", "thread/110", "107");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[] { "thread/107 = 0", "thread/110 is gone", "107 = 0" }));
    }

    [Test]
    public void Or_all_of_them_with_the_process()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Rule("getppid", "SCMP_ACT_KILL_PROCESS")), "thread/107",
            "thread/110", "107");
        Assert.That(runtime.RunBundle(bundle).Expect(159).Lines(), Is.EqualTo(new[] { "thread/107 = 0" }));
    }

    /// <summary>
    /// seccomp(2): SYS_SECCOMP, the call's number, its architecture and the filter's data; the register of the result is left as it was.
    /// </summary>
    [Test]
    public void A_trap_is_a_signal_that_tells_of_the_call()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Rule("getppid", "SCMP_ACT_TRAP")), "110", "i386/64", "107");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[]
        {
            "SIGSYS code=1 syscall=110 arch=c000003e errno=0", "110 = 110",
            "SIGSYS code=1 syscall=64 arch=40000003 errno=0", "i386/64 = 64", "107 = 0",
        }));
    }

    [Test]
    public void A_call_that_is_to_be_traced_is_not_there_without_a_tracer()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges,
            Profile(Rule("geteuid", "SCMP_ACT_TRACE"), Rule("getuid", "SCMP_ACT_TRACE", ", \"errnoRet\": 7")), "107", "102", "104");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[] { "107 = -38", "102 = -38", "104 = 0" }));
    }

    [TestCase("SCMP_ACT_LOG"), TestCase("SCMP_ACT_ALLOW")]
    public void A_call_that_is_logged_or_allowed_is_made(string action)
    {
        using Runtime runtime = Runtime.Create();
        JsonNode profile = Captured("ctr-seccomp.json");
        ((JsonArray)profile["syscalls"]!).Add(JsonNode.Parse(Rule("swapon", action)));
        // swapon(NULL): without CAP_SYS_ADMIN that is EPERM of the kernel's own.
        profile["defaultErrnoRet"] = 123;
        Assert.That(runtime.RunBundle(RawCalls.Bundle(runtime, noNewPrivileges, profile, "167", "168")).Expect(0).Lines(),
            Is.EqualTo(new[] { "167 = -1", "168 = -123" }));
    }

    /// <summary>There is one filter, the container's own, and every process that is added has it.</summary>
    [Test]
    public void Another_process_has_the_containers_filter()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges,
            Profile([.. Errnos, Rule("getsid", "SCMP_ACT_KILL_PROCESS"), Rule("munlockall", "SCMP_ACT_TRAP")])).Says("sleep 1000");
        runtime.StartContainer(id, bundle);
        Assert.That(runtime.Run("exec", "--user", "1000:1000", id, RawCalls.Program, "calls", "110", "111", "102", "104", "152",
            "child/124").Expect(0).Lines(), Is.EqualTo(new[]
        {
            "110 = -1", "111 = -28", "102 = 0", "104 = -4095", "SIGSYS code=1 syscall=152 arch=c000003e errno=0", "152 = 152",
                "child/124 killed by 31",
        }));
        runtime.Run("exec", id, RawCalls.Program, "calls", "124").Expect(159);
        string[] expected = ["Seccomp:\t2", "Seccomp_filters:\t1"];
        Assert.That(runtime.Run("exec", id, "grep", "^Seccomp", "/proc/1/status", "/proc/self/status", "-h").Expect(0).Lines(),
            Is.EqualTo(new[] { expected[0], expected[1], expected[0], expected[1] }));
    }
}
