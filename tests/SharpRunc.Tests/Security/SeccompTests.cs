using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp: what the compiler's tests simulate, on the kernel.</summary>
internal sealed class SeccompTests
{
    [TestCase(true)]
    [TestCase(false)]
    public void An_errno_rule_answers_with_its_errno(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, noNewPrivileges, """{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }""");
        bundle.Says("mkdir /tmp/x; grep -E '^(Seccomp|NoNewPrivs):' /proc/self/status");
        Result result = runtime.RunBundle(bundle).Expect(0);
        Assert.That(result.Errors, Does.Contain("No space left on device"));
        Assert.That(result.Output, Is.EqualTo($"NoNewPrivs:\t{(noNewPrivileges ? 1 : 0)}\nSeccomp:\t2\n"));
    }

    [TestCase("SCMP_ACT_KILL", true)]
    [TestCase("SCMP_ACT_KILL_THREAD", false)]
    [TestCase("SCMP_ACT_KILL_PROCESS", true)]
    public void A_kill_rule_kills(string action, bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, noNewPrivileges, $$"""{ "names": ["mkdir"], "action": "{{action}}" }""")
            .Says("mkdir /tmp/x; echo $?");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("159\n"));
        runtime.RunBundle(Filtered(runtime, noNewPrivileges, $$"""{ "names": ["mkdir"], "action": "{{action}}" }""", "mkdir", "/tmp/x"))
            .Expect(159);
    }

    /// <summary>As in runc; this machine's own filter, if there is one, is everybody's.</summary>
    [Test]
    public void An_empty_profile_is_none_for_exec_too()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["seccomp"] = new JsonObject();
        int pid = runtime.StartContainer(id, bundle);
        string own = Filters(File.ReadAllText("/proc/self/status"));
        Assert.That(Filters(File.ReadAllText($"/proc/{pid}/status")), Is.EqualTo(own));
        Assert.That(Filters(runtime.Run("exec", id, "cat", "/proc/self/status").Expect(0).Output), Is.EqualTo(own));

        static string Filters(string status)
            => Array.Find(status.Split('\n'), static line => line.StartsWith("Seccomp_filters:", StringComparison.Ordinal)) ?? "";
    }

    [Test]
    public void A_log_rule_lets_the_call_pass()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(Filtered(runtime, true, """{ "names": ["mkdir"], "action": "SCMP_ACT_LOG" }""", "mkdir", "/tmp/x")).Expect(0);
    }

    [Test]
    public void A_trap_rule_ends_in_SIGSYS()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(Filtered(runtime, true, """{ "names": ["mkdir"], "action": "SCMP_ACT_TRAP" }""", "mkdir", "/tmp/x")).Expect(159);
    }

    [TestCase("docker-default.json", true)]
    [TestCase("docker-default.json", false)]
    public void A_call_of_the_other_architecture_is_judged_by_its_own_numbers(string profile, bool noNewPrivileges)
    {
        RawCalls.RequireOtherArchitecture();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/i386");
        JsonNode config = JsonNode.Parse(File.ReadAllText(Repository.Data("bundles", profile)))!;
        bundle.Linux["seccomp"] = config["linux"]!["seccomp"]!.DeepClone();
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        // getpid (i386: 20) is allowed; swapon (i386: 87) is not; x86_64's 87, unlink, would be.
        Compile(Path.Combine(bundle.Rootfs, "bin/i386"), """
            static long call32(long n) { long r; __asm__ volatile ("int $0x80" : "=a"(r) : "a"(n), "b"(0), "c"(0), "d"(0) : "memory", "r8", "r9", "r10", "r11"); return (int)r; }
            static void leave(long code) { __asm__ volatile ("syscall" : : "a"(231L), "D"(code)); }
            void _start(void) { long pid = call32(20), on = call32(87); if (pid <= 0) leave(2); leave(on == -1 ? 0 : on == -14 ? 3 : 4); }
            """);
        runtime.RunBundle(bundle).Expect(0);
    }

    /// <summary>So that a C library falls back to what it did before.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Clone3_and_calls_newer_than_the_profile_are_not_there(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("/bin/newer");
        JsonNode config = JsonNode.Parse(File.ReadAllText(Repository.Data("bundles", "docker-default.json")))!;
        bundle.Linux["seccomp"] = config["linux"]!["seccomp"]!.DeepClone();
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        // clone3 (435) and one of the future are ENOSYS (38); swapon (167), older and not allowed, is EPERM.
        Compile(Path.Combine(bundle.Rootfs, "bin/newer"), """
            static long call(long n) { long r; __asm__ volatile ("syscall" : "=a"(r) : "a"(n), "D"(0), "S"(0), "d"(0) : "rcx", "r11", "memory"); return r; }
            static void leave(long code) { __asm__ volatile ("syscall" : : "a"(231L), "D"(code)); }
            void _start(void) { leave(call(435) != -38 ? 2 : call(1000) != -38 ? 3 : call(0x3FFFFFFF) != -38 ? 4 : call(167) != -1 ? 5 : 0); }
            """);
        runtime.RunBundle(bundle).Expect(0);
    }

    [Test]
    public void A_filter_that_forbids_the_wait_itself_still_says_so_or_runs()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, true, """{ "names": ["execve"], "action": "SCMP_ACT_ERRNO", "errnoRet": 1 }""", "true");
        runtime.RunBundle(bundle).ExpectError("operation not permitted");
    }

    [TestCase(false)]
    public void Without_no_new_privileges_the_filter_is_loaded_before_privileges_go(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, noNewPrivileges, """{ "names": ["setresuid"], "action": "SCMP_ACT_ERRNO", "errnoRet": 13 }""",
            "true");
        bundle.Process["user"]!["uid"] = 1000;
        runtime.RunBundle(bundle).ExpectError("/process/user/uid").ExpectError("permission denied");
    }

    /// <summary>The check of the working directory is ours, and the profile the container's.</summary>
    [Test]
    public void A_profile_need_not_allow_what_finds_the_working_directory(
        [Values(true, false)] bool noNewPrivileges, [Values("getcwd", "chdir")] string name, [Values(0, 1000)] int uid)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Filtered(runtime, noNewPrivileges, $$"""{ "names": ["{{name}}"], "action": "SCMP_ACT_ERRNO" }""", "readlink",
            "/proc/self/cwd");
        bundle.WithCwd("/tmp").Process["user"]!["uid"] = uid;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/tmp\n"));
    }

    private static Bundle Filtered(Runtime runtime, bool noNewPrivileges, string rule, params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        bundle.Linux["seccomp"] =
            JsonNode.Parse($$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{{rule}}] }""");
        return bundle;
    }

    private static void Compile(string program, string source)
    {
        if (!File.Exists("/usr/bin/gcc"))
            Assert.Ignore("gcc is not installed");
        string file = program + ".c";
        File.WriteAllText(file, source);
        Assert.That(Child.Start(["/usr/bin/gcc", "-nostdlib", "-static", "-O1", "-o", program, file]).Wait(), Is.Zero, "gcc");
        File.Delete(file);
    }
}
