using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp: SCMP_ACT_TRACE, with a tracer.</summary>
internal sealed class SeccompTraceTests
{
    /// <summary>
    /// ptrace(2): PTRACE_GETEVENTMSG of a PTRACE_EVENT_SECCOMP is errnoRet, all 16 bits of it; the call is made if the tracer lets it.
    /// </summary>
    [TestCase(true)]
    [TestCase(false)]
    public void The_tracer_is_told_the_errno_and_the_call_goes_on(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), told = Path.Combine(runtime.Work, "told");
        Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(
            Rule("getuid", "SCMP_ACT_TRACE"), Rule("geteuid", "SCMP_ACT_TRACE", ", \"errnoRet\": 0"),
            Rule("getgid", "SCMP_ACT_TRACE", ", \"errnoRet\": 7"),
            Rule("getpgrp", "SCMP_ACT_TRACE", ", \"errnoRet\": 65535")))
            .Says($"exec {RawCalls.Program} calls 102 107 104 111 110 >/tmp/made");
        int pid = runtime.CreateContainer(id, bundle.Write());
        Child tracer = Child.Start([Probe.Program, "trace", $"{pid}"], told, Path.Combine(runtime.Work, "errors"));
        Eventually.Holds(() => File.ReadAllText(told).StartsWith("seized\n", System.StringComparison.Ordinal), "the tracer came too late");
        runtime.Run("start", id).Expect(0);
        Assert.That(tracer.Wait(System.TimeSpan.FromSeconds(30)), Is.Zero, File.ReadAllText(Path.Combine(runtime.Work, "errors")));
        Runtime.WaitForEnd(pid);
        // The shell has asked for its ids before.
        Assert.That(File.ReadAllText(told), Does.EndWith("\n102 message=1\n107 message=0\n104 message=7\n111 message=65535\n"));
        Assert.That(File.ReadAllLines(Path.Combine(bundle.Rootfs, "tmp/made")),
            Is.EqualTo(new[] { "102 = 0", "107 = 0", "104 = 0", "111 = 1", "110 = 0" }));
    }
}
