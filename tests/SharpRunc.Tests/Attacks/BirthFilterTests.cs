using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Text.Json;
using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux;
using SharpRunc.Linux.LibC;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// Whoever may trace a process that is born inside answers its calls in the kernel's place. So it is born with its filter.
/// </summary>
internal sealed class BirthFilterTests
{
    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End() => runtime?.Dispose();

    [Test]
    public void The_filter_is_loaded_by_the_one_outside([Values] bool noNewPrivileges, [Values] bool notifies,
        [Values("exec", "exec -t", "pod")] string how)
    {
        Strace.Require();
        string id = Runtime.NewId(), member = Runtime.NewId();
        using SeccompAgent agent = new(0, null);
        Bundle Made()
        {
            Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges,
                RawCalls.Profile(RawCalls.Rule("getpgrp", notifies ? "SCMP_ACT_NOTIFY" : "SCMP_ACT_ERRNO"))).WithArgs("sleep", "1000");
            if (notifies)
                bundle.Linux["seccomp"]!["listenerPath"] = agent.Path;
            return bundle;
        }
        if (notifies)
            agent.Serve(2);
        int pid = runtime.StartContainer(id, Made());
        List<List<Strace.Call>> processes = how switch
        {
            "exec" => Strace.TraceAll(runtime, runtime.Command("exec", id, "true")),
            "exec -t" => TraceAtTerminal("exec", "-t", id, "true"),
            _ => Strace.TraceContainer(runtime, Made().WithArgs("true").InNamespace("pid", $"/proc/{pid}/ns/pid").Write(), member),
        };
        int births = 0;
        foreach (List<Strace.Call> calls in processes)
        {
            if (calls.FindIndex(static call => call.Name == "clone" && call.Arguments.Contains("CLONE_PARENT")) is not (>= 0 and var birth))
                continue;
            births++;
            Assert.That(calls.FindIndex(static call => call.Name == "seccomp"), Is.InRange(0, birth), string.Join('\n', calls));
        }
        Assert.That(births, Is.EqualTo(1));
        if (how == "pod")
            runtime.Run("delete", "--force", member).Expect(0);
        Leftovers.Reap();
        runtime.Run("delete", "--force", id).Expect(0);
        Leftovers.Reap(); // a listener's end is that of the last one with the filter
    }

    /// <summary>The agent is told of the process that lives, and not of the one that has made it.</summary>
    [Test]
    public void A_listener_is_told_of_the_one_inside([Values] bool noNewPrivileges)
    {
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "pid");
        List<JsonElement> told;
        int pid;
        using (SeccompAgent agent = new(0, null))
        {
            told = agent.Serve(2);
            Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, RawCalls.Profile(RawCalls.Rule("getpgrp", "SCMP_ACT_NOTIFY")));
            bundle.Linux["seccomp"]!["listenerPath"] = agent.Path;
            runtime.StartContainer(id, bundle.WithArgs("sleep", "1000"));
            runtime.Run("exec", "--detach", "--pid-file", pidFile, id, "sleep", "1000").Expect(0);
            pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
            Sys.TryKill(pid, 9);
            Child.Reap(pid);
            runtime.Run("delete", "--force", id).Expect(0);
            Leftovers.Reap();
        }
        Assert.That(told[1].GetProperty("pid").GetInt32(), Is.EqualTo(pid));
    }

    /// <summary>What a tracer keeps from loading it has all of the profile but for the few calls of its birth.</summary>
    [Test]
    public void A_profile_that_forbids_the_birth_is_loaded_inside_behind_one_that_allows_that_alone([Values] bool noNewPrivileges,
        [Values("clone", "setsid", "madvise")] string forbidden)
    {
        string id = Runtime.NewId();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, RawCalls.Profile(RawCalls.Rule(forbidden, "SCMP_ACT_ERRNO")));
        runtime.StartContainer(id, bundle.WithArgs("sleep", "1000"));
        Assert.That(runtime.Run("exec", id, "grep", "^Seccomp", "/proc/self/status").Expect(0).Output,
            Is.EqualTo("Seccomp:\t2\nSeccomp_filters:\t2\n"));
        Assert.That(FiltersAtBirth(runtime.Command("exec", id, "true")), Is.EqualTo(new[] { 1 }));
    }

    /// <summary>A tracer inside would take the listener, and answer in the agent's place.</summary>
    [Test]
    public void A_listener_is_handed_over_outside_also_where_the_profile_forbids_the_birth([Values] bool noNewPrivileges)
    {
        Strace.Require();
        string id = Runtime.NewId();
        using SeccompAgent agent = new(0, null);
        List<JsonElement> told = agent.Serve(2);
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges,
            RawCalls.Profile(RawCalls.Rule("getpgrp", "SCMP_ACT_NOTIFY"), RawCalls.Rule("setsid", "SCMP_ACT_ERRNO")));
        bundle.Linux["seccomp"]!["listenerPath"] = agent.Path;
        runtime.StartContainer(id, bundle.WithArgs("sleep", "1000"));
        int births = 0;
        foreach (List<Strace.Call> calls in Strace.TraceAll(runtime, runtime.Command("exec", id, "true")))
        {
            int birth = calls.FindIndex(static call => call.Name == "clone" && call.Arguments.Contains("CLONE_PARENT"));
            int listener = calls.FindIndex(static call => call.Name == "seccomp" && call.Arguments.Contains("NEW_LISTENER"));
            births += birth >= 0 ? 1 : 0;
            Assert.That(listener, birth >= 0 ? Is.InRange(0, birth) : Is.EqualTo(-1), string.Join('\n', calls));
        }
        Assert.That((births, told.Count), Is.EqualTo((1, 2)));
        Leftovers.Reap();
        runtime.Run("delete", "--force", id).Expect(0);
        Leftovers.Reap();
    }

    [Test]
    public void A_profile_that_is_too_long_for_that_is_an_error()
    {
        SeccompProgram longest = new(new byte[8 * 4090], 0, []);
        Assert.That(longest.Admitting([new(Libc.SYS_setsid), new(Libc.SYS_clone, 0, 0x8011)]), Is.Null);
        Assert.That(longest.Admitting([new(Libc.SYS_setsid)])!.Count, Is.EqualTo(4095));
    }

    [Test]
    public void What_is_admitted_is_that_alone()
    {
        SeccompProgram profile =
            SeccompCompiler.Compile(new Core.Spec.Seccomp { DefaultAction = "SCMP_ACT_ERRNO", Architectures = ["SCMP_ARCH_X86_64"] })!;
        SeccompProgram admitting =
            profile.Admitting([new(Libc.SYS_setsid), new(Libc.SYS_clone, 0, 0x8011), new(Libc.SYS_write, 0, 1UL << 32)])!;
        Assert.Multiple(() =>
        {
            Assert.That(admitting.Passes(Libc.SYS_setsid), Is.True);
            Assert.That(admitting.Passes(Libc.SYS_clone, 0x8011, 7), Is.True);
            Assert.That(admitting.Passes(Libc.SYS_clone, 0x10008011), Is.False);
            Assert.That(admitting.Passes(Libc.SYS_write, 1UL << 32), Is.True);
            Assert.That(admitting.Passes(Libc.SYS_write, 0), Is.False);
            Assert.That(admitting.Passes(Libc.SYS_write, 1), Is.False);
            Assert.That(admitting.Passes(Libc.SYS_read), Is.False);
        });
    }

    /// <summary>A call that is logged passes, and so does one whose rule is about other arguments.</summary>
    [TestCase("""{ "names": ["clone"], "action": "SCMP_ACT_LOG" }""")]
    [TestCase("""{ "names": ["prctl"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 0, "op": "SCMP_CMP_EQ" }] }""")]
    [TestCase("""{ "names": ["clone"], "action": "SCMP_ACT_ERRNO", "args": [{ "index": 0, "value": 268435456, "valueTwo": 268435456, "op": "SCMP_CMP_MASKED_EQ" }] }""")]
    public void What_does_not_forbid_the_birth_is_loaded_outside(string rule)
    {
        string id = Runtime.NewId();
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges: true, RawCalls.Profile(rule)).WithArgs("sleep", "1000");
        runtime.StartContainer(id, bundle);
        Assert.That(FiltersAtBirth(runtime.Command("exec", id, "true")), Is.EqualTo(new[] { 1 }));
    }

    /// <summary>For each process that gives birth how many filters it has loaded before.</summary>
    private List<int> FiltersAtBirth(string[] command)
    {
        List<int> filters = [];
        foreach (List<Strace.Call> calls in Strace.TraceAll(runtime, command))
            if (calls.FindIndex(static call => call.Name == "clone" && call.Arguments.Contains("CLONE_PARENT")) is >= 0 and var birth)
                filters.Add(calls.GetRange(0, birth).FindAll(static call => call.Name == "seccomp").Count);
        Leftovers.Reap();
        return filters;
    }

    private List<List<Strace.Call>> TraceAtTerminal(params string[] command)
    {
        using TestTerminal seat = new();
        return Strace.TraceAll(runtime, runtime.Command(command), traced => seat.Run(traced));
    }
}
