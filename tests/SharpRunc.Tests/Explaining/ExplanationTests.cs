using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;

namespace SharpRunc.Tests.Explaining;

internal sealed class ExplanationTests
{
    private const string Docker = "bundles/docker-default.json", Moby = "seccomp/moby-2026-default.json";

    [TestCase(Docker, "clone", """
        x86_64  clone (56)          ALLOW           if arg0 & 0x7e020000 == 0  syscalls[9]
                                    ERRNO(1 EPERM)  otherwise                  the default
        x86     clone (120)         ALLOW           if arg0 & 0x7e020000 == 0  syscalls[9]
                                    ERRNO(1 EPERM)  otherwise                  the default
        x32     clone (0x40000038)  ALLOW           if arg0 & 0x7e020000 == 0  syscalls[9]
                                    ERRNO(1 EPERM)  otherwise                  the default

        """)]
    [TestCase(Docker, "clone 0x11", """
        x86_64  clone (56)          ALLOW  syscalls[9]
        x86     clone (120)         ALLOW  syscalls[9]
        x32     clone (0x40000038)  ALLOW  syscalls[9]

        """)]
    [TestCase(Docker, "personality -1", """
        x86_64  personality (135)         ERRNO(1 EPERM)  the default
        x86     personality (136)         ALLOW           syscalls[6]
        x32     personality (0x40000087)  ALLOW           syscalls[6]

        """)]
    [TestCase(Docker, "mount", """
        x86_64  mount (165)         ERRNO(1 EPERM)  the default
        x86     mount (21)          ERRNO(1 EPERM)  the default
        x32     mount (0x400000a5)  ERRNO(1 EPERM)  the default

        """)]
    [TestCase(Docker, "clone3", """
        x86_64  clone3 (435)         ERRNO(38 ENOSYS)  syscalls[10]
        x86     clone3 (435)         ERRNO(38 ENOSYS)  syscalls[10]
        x32     clone3 (0x400001b3)  ERRNO(38 ENOSYS)  syscalls[10]
        note: ENOSYS tells a C library that the kernel has no such call: it falls back to an older one

        """)]
    [TestCase(Docker, "mseal", """
        x86_64  mseal (462)         ERRNO(38 ENOSYS)  newer than the profile (highest is 449 futex_waitv)
        x86     mseal (462)         ERRNO(38 ENOSYS)  newer than the profile (highest is 449 futex_waitv)
        x32     mseal (0x400001ce)  ERRNO(1 EPERM)    the default
        note: ENOSYS tells a C library that the kernel has no such call: it falls back to an older one

        """)]
    [TestCase(Moby, "socket 40", """
        x86_64  socket (41)            ERRNO(1 EPERM)  the default
        x86     socket (359)           ERRNO(1 EPERM)  the default
        x86     through socketcall(1)  ALLOW           syscalls[0]
        x32     socket (0x40000029)    ERRNO(1 EPERM)  the default
        note: a filter sees the arguments of socketcall, not those of the socket that it multiplexes

        """)]
    [TestCase(Moby, "arch_prctl", """
        x86_64  arch_prctl (158)         ALLOW  syscalls[10]
        x86     arch_prctl (384)         ALLOW  syscalls[10]
        x32     arch_prctl (0x4000009e)  ALLOW  syscalls[10]

        """)]
    [TestCase(Moby, "sigaction", """
        x86_64  no such call
        x86     sigaction (67)  ERRNO(1 EPERM)  the default
        x32     no such call

        """)]
    public void A_profile_that_engines_use_is_explained(string file, string command, string expected)
    {
        string[] words = command.Split(' ');
        Assert.That(Profiles.Explain(Profiles.OfFile(file), words[0], words[1..]), Is.EqualTo(expected));
    }

    [Test]
    public void The_bit_of_a_number_says_whether_it_is_one_of_x32()
    {
        Assert.That(Profiles.Explain(Profiles.OfFile(Docker), "0x40000000"),
            Does.StartWith("x86  1073741824 ").And.Contain("\nx32  read (0x40000000)  ALLOW "));
        Assert.That(Profiles.Explain(Profiles.OfFile(Docker), "0"), Does.StartWith("x86_64  read (0) ").And.Not.Contain("x32"));
    }

    [Test]
    public void Known_arguments_leave_only_the_cases_that_are_possible()
    {
        ProfileEvaluator evaluator = Profiles.Evaluator("""
            { "defaultAction": "SCMP_ACT_ALLOW", "syscalls": [
              { "names": ["read"], "action": "SCMP_ACT_LOG", "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 1 }, { "index": 1, "op": "SCMP_CMP_GT", "value": 5 }] },
              { "names": ["read"], "action": "SCMP_ACT_TRAP", "args": [{ "index": 0, "op": "SCMP_CMP_GE", "value": 1 }] }] }
            """);
        Assert.That(Profiles.Explain(evaluator, "read", "1"), Is.EqualTo("""
            x86_64  read (0)  LOG   if arg1 > 5  syscalls[0]
                              TRAP  otherwise    syscalls[1]

            """));
        Assert.That(Profiles.Explain(evaluator, "read", "_", "5"), Is.EqualTo("""
            x86_64  read (0)  TRAP   if arg0 >= 1  syscalls[1]
                              ALLOW  otherwise     the default

            """));
        Assert.That(Profiles.Explain(evaluator, "0", "0"), Is.EqualTo("x86_64  read (0)  ALLOW  the default\n"));
    }

    [Test]
    public void What_is_not_listed_is_killed()
    {
        ProfileEvaluator evaluator = Profiles.Evaluator(
            """{ "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }] }""");
        string Told(string call, Core.Seccomp.Architecture architecture)
            => ExplanationText.Write(Explanation.Explain(evaluator, call, new ulong?[6], [architecture]), evaluator);
        Assert.That(Told("read", Core.Seccomp.Architecture.X86),
            Is.EqualTo("x86  read (3)  KILL_THREAD  architecture not listed: killed\n"));
        Assert.That(Told("read", Core.Seccomp.Architecture.X32),
            Is.EqualTo("x32  read (0x40000000)  KILL_THREAD  a number of x32, which is not listed\n"));
        Assert.That(Told("-1", Core.Seccomp.Architecture.X86_64),
            Is.EqualTo("x86_64  -1  ERRNO(1 EPERM)  the default, for a call that its tracer cancelled\n"));
    }

    [Test]
    public void A_name_that_nobody_knows_is_an_error_that_helps()
    {
        ProfileEvaluator evaluator = Profiles.OfFile(Docker);
        Assert.That(() => Profiles.Explain(evaluator, "opne"),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo("unknown system call \"opne\"; did you mean \"open\"?"));
        Assert.That(() => Profiles.Explain(evaluator, "frobnicate"),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo("unknown system call \"frobnicate\""));
    }
}
