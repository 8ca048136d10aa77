using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Tests.Seccomp;

namespace SharpRunc.Tests.Explaining;

using static SharpRunc.Linux.LibC.Libc;

internal sealed class CheckTests
{
    private static readonly KernelSupport Everything = new(_ => true, _ => true);

    private static List<string> Found(string json, KernelSupport? kernel = null)
    {
        Findings findings = ProfileCheck.Run(Profiles.Read(json), Core.Seccomp.Architecture.X86_64, kernel ?? Everything);
        return findings.Sorted().ConvertAll(finding => $"{finding.Severity} {finding.Pointer}: {finding.Text}");
    }

    private static string Allowing(string rules, string architectures = "", string more = "")
        => $$"""{ "defaultAction": "SCMP_ACT_ALLOW", "architectures": [{{architectures}}], {{more}} "syscalls": [{{rules}}] }""";

    private const string Log = "\"action\": \"SCMP_ACT_LOG\"", Trap = "\"action\": \"SCMP_ACT_TRAP\"", Mount = "\"names\": [\"mount\"]";

    private static string If(string op, ulong value, ulong two = 0, int index = 0)
        => $$"""{ "index": {{index}}, "op": "SCMP_CMP_{{op}}", "value": {{value}}, "valueTwo": {{two}} }""";

    private static string Rule(string action, params string[] conditions)
        => $$"""{ {{Mount}}, {{action}}, "args": [{{string.Join(", ", conditions)}}] }""";

    private static IEnumerable<TestCaseData> Cases()
    {
        yield return Case("a misspelt name", Allowing("""{ "names": ["read", "opne", "frobnicate"], "action": "SCMP_ACT_LOG" }"""),
            "Warning /syscalls/0/names/1: unknown system call \"opne\"; did you mean \"open\"?",
            "Warning /syscalls/0/names/2: unknown system call \"frobnicate\"");
        yield return Case("names of other machines",
            Allowing("""{ "names": ["mount", "umount", "riscv_hwprobe", "breakpoint"], "action": "SCMP_ACT_LOG" }"""),
            "Note /syscalls/0/names: not available on any listed architecture: umount, riscv_hwprobe, breakpoint");
        yield return Case("a name behind another", Allowing("""{ "names": ["send"], "action": "SCMP_ACT_LOG" }""", "\"SCMP_ARCH_X86\""));
        yield return Case("a name twice", Allowing("""{ "names": ["mount", "mount"], "action": "SCMP_ACT_LOG" }"""),
            "Note /syscalls/0/names: named more than once: mount");
        yield return Case("another machine", Allowing("", "\"SCMP_ARCH_X86\", \"SCMP_ARCH_ARM\""),
            "Note /architectures/1: SCMP_ARCH_ARM: no process on x86_64 can make its calls");
        yield return Case("the default", Allowing("""{ "names": ["mount"], "action": "SCMP_ACT_ALLOW" }"""),
            "Note /syscalls/0/action: ALLOW is the default: the rule only states that its calls are not newer than the profile");
        yield return Case("twice the same", Allowing($"{Rule(Log)}, {Rule(Log)}"), "Note /syscalls/1: duplicates syscalls[0]");
        yield return Case("an earlier one", Allowing($"{Rule(Log)}, {Rule(Trap)}"),
            "Warning /syscalls/1: never decides: syscalls[0] comes first and has no conditions");
        yield return Case("an earlier one for one of two names",
            Allowing($$"""{{Rule(Log)}}, { "names": ["mount", "umount2"], {{Trap}} }"""),
            "Warning /syscalls/1: mount: never decides: syscalls[0] comes first and has no conditions");
        yield return Case("a later one replaces conditions", Allowing($"{Rule(Trap, If("EQ", 1))}, {Rule(Log)}"),
            "Warning /syscalls/0: never decides: syscalls[1] has no conditions and replaces it");
        yield return Case("the same conditions", Allowing($"{Rule(Log, If("EQ", 1))}, {Rule(Log, If("EQ", 1))}"),
            "Note /syscalls/1: duplicates syscalls[0]");
        yield return Case("shorter conditions", Allowing($"{Rule(Log, If("EQ", 1))}, {Rule(Trap, If("EQ", 1), If("EQ", 2, 0, 1))}"),
            "Warning /syscalls/1: never decides: syscalls[0] is tried first and holds whenever it does");
        yield return Case("wider conditions",
            Allowing(
                $"{Rule(Log, If("LT", 10))}, {Rule(Trap, If("LT", 5))}, {Rule(Trap, If("NE", 20))}, {Rule(Trap, If("GE", 30))}, {Rule(Log, If("GE", 20))}"),
            "Warning /syscalls/0: never decides: syscalls[2] is tried first and holds whenever it does",
            "Note /syscalls/1: never decides: syscalls[2] is tried first and holds whenever it does",
            "Note /syscalls/3: never decides: syscalls[2] is tried first and holds whenever it does");
        yield return Case("a contradiction", Allowing($"{Rule(Log, If("EQ", 1), If("EQ", 2, 0, 1))}, {Rule(Trap, If("EQ", 1))}"),
            "Error /syscalls/1: rule 1 has the same conditions as an earlier rule but another action");
        yield return Case("never", Allowing($"{Rule(Log, If("LT", 0))}, {Rule(Log, If("GT", ulong.MaxValue))}"),
            "Warning /syscalls/0/args/0: arg0 < 0 is never true", "Warning /syscalls/1/args/0: arg0 > 0xffffffffffffffff is never true");
        yield return Case("always", Allowing($"{Rule(Log, If("GE", 0))}"), "Warning /syscalls/0/args/0: arg0 >= 0 is always true");
        yield return Case("always where words are short", Allowing($"{Rule(Log, If("LE", uint.MaxValue))}", "\"SCMP_ARCH_X86\""),
            "Warning /syscalls/0/args/0: arg0 <= 0xffffffff is always true on x86");
        yield return Case("beyond short words", Allowing($"{Rule(Log, If("EQ", 1ul << 32))}", "\"SCMP_ARCH_X86\", \"SCMP_ARCH_X32\""),
            "Warning /syscalls/0/args/0: arg0 == 0x100000000: only the low 32 bits count on x86, x32");
        yield return Case("outside the mask", Allowing($"{Rule(Log, If("MASKED_EQ", 7, 9))}"),
            "Warning /syscalls/0/args/0/valueTwo: bits outside the mask 0x7 are ignored: 0x8");
        yield return Case("a second value for nothing", Allowing($"{Rule(Log, If("EQ", 7, 9))}"),
            "Note /syscalls/0/args/0/valueTwo: has no meaning for SCMP_CMP_EQ");
        yield return Case("either", Allowing($"{Rule(Log, If("EQ", 7), If("EQ", 9))}"),
            "Note /syscalls/0/args: arg0 is tested more than once: either of the conditions is enough");
        yield return Case("either, and another argument", Allowing($"{Rule(Log, If("EQ", 7), If("EQ", 9), If("EQ", 1, 0, 2))}"),
            "Warning /syscalls/0/args: arg0 is tested more than once: either of the conditions is enough, those on other arguments "
            + "included");
        yield return Case("no default", """{ "syscalls": [{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }] }""",
            "Error /defaultAction: defaultAction is required");
        yield return Case("nothing", "{ \"defaultAction\": \"\" }", "Warning : the profile is empty: no filter is loaded");
        yield return Case("every property", """
            { "defaultAction": "SCMP_ACT_FROB", "architectures": ["SCMP_ARCH_FROB"], "flags": ["FROB"], "listenerMetadata": "x", "syscalls": [
              { "names": [], "action": "SCMP_ACT_ERRNO", "errnoRet": 5000 }, { "names": ["read"], "action": "SCMP_ACT_ALLOW", "errnoRet": 1, "args": [{ "index": 6, "op": "SCMP_CMP_EQ", "value": 0 }] },
              { "names": ["read"], "action": "SCMP_ACT_LOG", "args": [{ "index": 0, "op": "FROB", "value": 0 }] } ] }
            """,
            "Error /defaultAction: unknown action \"SCMP_ACT_FROB\"", "Error /flags/0: flag FROB is unknown",
            "Error /architectures/0: unknown architecture \"SCMP_ARCH_FROB\"",
            "Error /listenerMetadata: must not be set without listenerPath", "Error /syscalls/0/names: must contain at least one entry",
            "Error /syscalls/0/errnoRet: errno 5000 is above 4095",
            "Error /syscalls/1/errnoRet: SCMP_ACT_ALLOW cannot carry an errno; only SCMP_ACT_ERRNO and SCMP_ACT_TRACE can",
            "Error /syscalls/1/args/0/index: a system call has no argument 6", "Error /syscalls/2/args/0/op: unknown operator \"FROB\"");
        yield return Case("notify on write",
            Allowing("""{ "names": ["write", "mkdir"], "action": "SCMP_ACT_NOTIFY" }""", more: "\"listenerPath\": \"/x\","),
            "Error /syscalls/0/action: SCMP_ACT_NOTIFY cannot be used for write: the runtime itself needs write to hand over the listener");
        yield return Case("notify by default", """{ "defaultAction": "SCMP_ACT_NOTIFY", "listenerPath": "/x" }""",
            "Error /defaultAction: SCMP_ACT_NOTIFY cannot be the default");
        yield return Case("nobody listens", Allowing("""{ "names": ["mkdir"], "action": "SCMP_ACT_NOTIFY" }"""),
            "Error /listenerPath: is required with SCMP_ACT_NOTIFY: the Unix socket of the agent that decides");

        static TestCaseData Case(string name, string json, params string[] expected)
            => new TestCaseData(json, expected).SetArgDisplayNames(name);
    }

    [TestCaseSource(nameof(Cases))]
    public void It_is_found(string json, string[] expected) => Assert.That(Found(json), Is.EqualTo(expected));

    [Test]
    public void More_than_a_program_holds_is_an_error()
    {
        List<string> rules = [];
        for (int i = 0; i < 3000; i++)
            rules.Add(Rule(Log, If("EQ", (ulong)i)));
        Assert.That(Found(Allowing(string.Join(",", rules))),
            Has.One.Items.And.One.Matches("^Error /syscalls: the profile needs \\d+ instructions, but the kernel accepts at most 4096$"));
    }

    [Test]
    public void A_kernel_may_lack_actions_and_flags()
    {
        KernelSupport old = new(action => action != SECCOMP_RET_LOG, flags => (flags & SECCOMP_FILTER_FLAG_SPEC_ALLOW) == 0);
        Assert.That(Found(Allowing($"{Rule(Log)}, {Rule(Trap)}"), old), Is.EqualTo(new[]
        {
            "Error /syscalls/0/action: this kernel does not support LOG: it kills the process instead",
                "Error /flags: this kernel does not support SECCOMP_FILTER_FLAG_SPEC_ALLOW",
            "Warning /syscalls/1: never decides: syscalls[0] comes first and has no conditions",
        }));
    }

    [Test]
    public void This_kernel_says_what_it_has()
    {
        KernelSupport kernel = KernelSupport.OfThisKernel;
        Assert.Multiple(() =>
        {
            foreach (uint action in new[] { SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_THREAD, SECCOMP_RET_KILL_PROCESS,
                SECCOMP_RET_LOG, SECCOMP_RET_TRACE, SECCOMP_RET_TRAP, SECCOMP_RET_USER_NOTIF })
                Assert.That(kernel.HasAction(action), Wording.ActionName(action)!);
            Assert.That(kernel.HasAction(0x12340000), Is.False);
            Assert.That(kernel.HasFlags(SECCOMP_FILTER_FLAG_LOG | SECCOMP_FILTER_FLAG_SPEC_ALLOW | SECCOMP_FILTER_FLAG_NEW_LISTENER));
            Assert.That(kernel.HasFlags(1u << 30), Is.False);
        });
    }

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void Profiles_that_engines_use_have_no_errors(string file)
        => Assert.That(ProfileCheck.Run(Profiles.OfFile(file).Document, Core.Seccomp.Architecture.X86_64, Everything).HasErrors, Is.False);

    /// <summary>What a rule is said never to decide can be left out: nothing changes.</summary>
    [Test]
    public void A_rule_that_never_decides_can_go([Range(1, 300)] int seed)
    {
        Core.Spec.Seccomp profile = RandomProfile.Next(new System.Random(seed), ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"]);
        Findings findings = ProfileCheck.Run(new("p", "", profile), Core.Seccomp.Architecture.X86_64, Everything);
        foreach (Finding finding in findings.Sorted())
            if ((finding.Text.StartsWith("never decides", System.StringComparison.Ordinal)
                || finding.Text.StartsWith("the same as", System.StringComparison.Ordinal))
                && finding.Pointer.Split('/') is { Length: 3 } parts)
            {
                Core.Spec.Seccomp without = new()
                {
                    DefaultAction = profile.DefaultAction,
                    DefaultErrnoRet = profile.DefaultErrnoRet,
                    Architectures = profile.Architectures,
                    Syscalls = [.. profile.Syscalls]
                };
                int rule = int.Parse(parts[2], System.Globalization.CultureInfo.InvariantCulture);
                // Its names stay known.
                without.Syscalls[rule] = new()
                {
                    Names = profile.Syscalls[rule].Names,
                    Action = profile.DefaultAction,
                    ErrnoRet = profile.DefaultErrnoRet
                };
                ProfileDifference difference = ProfileDifference.Compare(Profiles.Of(profile, Core.Seccomp.Architecture.X86_64),
                    Profiles.Of(without, Core.Seccomp.Architecture.X86_64));
                Assert.That(difference.IsNone, $"{finding.Pointer}: {finding.Text}\n{RandomProfile.Describe(profile)}");
            }
    }
}
