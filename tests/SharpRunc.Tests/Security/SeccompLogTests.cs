using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>
/// config-linux.md#seccomp: SCMP_ACT_LOG and SECCOMP_FILTER_FLAG_LOG, by what the kernel's log says (which names a signal only of a kill).
/// </summary>
internal sealed class SeccompLogTests
{
    private const string ActionsLogged = "/proc/sys/kernel/seccomp/actions_logged", Call = "83"; // mkdir

    [TestCase("SCMP_ACT_LOG", false, "log", 0, "0x7ffc0000"), TestCase("SCMP_ACT_LOG", true, "log", 0, "0x7ffc0000")]
    [TestCase("SCMP_ACT_ERRNO", true, "errno", 0, "0x50000"), TestCase("SCMP_ACT_TRACE", true, "trace", 0, "0x7ff00000")]
    [TestCase("SCMP_ACT_TRAP", true, "trap", 0, "0x30000"), TestCase("SCMP_ACT_KILL", false, "kill_thread", 31, "0x0")]
    [TestCase("SCMP_ACT_KILL_PROCESS", false, "kill_process", 31, "0x80000000")]
    [Must("features.seccomp.supportedFlags")]
    public void The_log_tells_who_made_the_call(string action, bool flag, string name, int signal, string code)
    {
        NeedLogged(name);
        using Runtime runtime = Runtime.Create();
        using AuditLog log = AuditLog.Open();
        int pid = Make(runtime, action, flag);
        Dictionary<string, string> record = log.ReadUntil(pid)[^1];
        Assert.Multiple(() =>
        {
            Assert.That(record["comm"], Is.EqualTo("mkdir"));
            Assert.That(record["syscall"], Is.EqualTo(Call));
            Assert.That(record["arch"], Is.EqualTo("c000003e"));
            Assert.That(record["sig"], Is.EqualTo($"{signal}"));
            Assert.That(record["code"], Is.EqualTo(code));
        });
    }

    [TestCase("SCMP_ACT_ERRNO", false), TestCase("SCMP_ACT_TRAP", false), TestCase("SCMP_ACT_TRACE", false),
        TestCase("SCMP_ACT_ALLOW", true)]
    public void What_nobody_asked_to_log_is_not_logged(string action, bool flag)
    {
        NeedLogged("log");
        using Runtime runtime = Runtime.Create();
        using AuditLog log = AuditLog.Open();
        int silent = Make(runtime, action, flag), logged = Make(runtime, "SCMP_ACT_LOG", false);
        Assert.That(log.ReadUntil(logged), Has.None.Matches<Dictionary<string, string>>(record => record["pid"] == $"{silent}"));
    }

    private static void NeedLogged(string name)
    {
        if (Array.IndexOf(File.ReadAllText(ActionsLogged).Split(' ', '\n'), name) < 0)
            Assert.Ignore($"{ActionsLogged} leaves out {name}");
    }

    /// <returns>The process whose call it was; it has ended.</returns>
    private static int Make(Runtime runtime, string action, bool flag)
    {
        Bundle bundle = runtime.NewBundle("mkdir", "/tmp/x");
        bundle.Linux["seccomp"] = Profile(Rule("mkdir", action));
        bundle.Linux["seccomp"]!["flags"] = flag ? new JsonArray("SECCOMP_FILTER_FLAG_LOG") : [];
        int pid = runtime.StartContainer(Runtime.NewId(), bundle);
        Runtime.WaitForEnd(pid);
        return pid;
    }
}
