using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>seccomp_unotify(2): what an agent may answer to a call of a container, and of a process that is added to it.</summary>
internal sealed class SeccompAnswerTests
{
    /// <summary>
    /// An errno, a value of 64 bits, 0, or SECCOMP_USER_NOTIF_FLAG_CONTINUE: then it is the kernel's own, 1 for the leader of its process
    /// group.
    /// </summary>
    [TestCase(28, null, "-28", true), TestCase(4095, null, "-4095", false), TestCase(0, 0x1_0000_0005, "4294967301", true),
        TestCase(0, 0x1_0000_0005, "4294967301", false)]
    [TestCase(0, 0, "0", true), TestCase(0, null, "1", true), TestCase(0, null, "1", false)]
    [Must("seccomp.listener-once")]
    public void The_agents_answer_is_the_calls(int error, long? value, string answer, bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), made;
        List<JsonElement> told;
        Result added;
        using (SeccompAgent agent = new(error, value))
        {
            told = agent.Serve(2);
            Bundle bundle = RawCalls.Bundle(runtime, noNewPrivileges, Profile(Rule("getpgrp", "SCMP_ACT_NOTIFY")));
            bundle.Linux["seccomp"]!["listenerPath"] = agent.Path;
            bundle.Says($"{RawCalls.Program} calls 111 102 >/tmp/making; mv /tmp/making /tmp/made; exec sleep 1000");
            runtime.StartContainer(id, bundle);
            made = Path.Combine(bundle.Rootfs, "tmp/made");
            Eventually.Holds(() => File.Exists(made), "the container's calls were not answered");
            Assert.That(File.ReadAllLines(made), Is.EqualTo(new[] { $"111 = {answer}", "102 = 0" }));
            added = runtime.Run("exec", id, "sh", "-c", $"{RawCalls.Program} calls 111 102; cut -d' ' -f5 /proc/self/stat").Expect(0);
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(agent.Held, Has.Length.EqualTo(2).And.All.EqualTo(111));
        }
        string[] lines = added.Lines();
        Assert.That(lines[0], Is.EqualTo($"111 = {(answer == "1" ? lines[2] : answer)}"));
        Assert.That(lines[1], Is.EqualTo("102 = 0"));
        Assert.That(told, Has.Count.EqualTo(2));
        Assert.That(told[0].GetProperty("pid").GetInt32(), Is.Not.EqualTo(told[1].GetProperty("pid").GetInt32()));
    }
}
