using System;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Tests.Seccomp;

namespace SharpRunc.Tests.Explaining;

internal sealed class DifferenceTests
{
    private static readonly Core.Seccomp.Architecture X86_64 = Core.Seccomp.Architecture.X86_64;

    private const string Base =
        """{ "defaultAction": "SCMP_ACT_ERRNO", "architectures": ["SCMP_ARCH_X86"], "syscalls": [{ "names": ["read", "write", "getpid", "mseal"], "action": "SCMP_ACT_ALLOW" }] }""";

    private static string With(string rules, string rest = "\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X86\"]")
        => $$"""{ {{rest}}, "syscalls": [{ "names": ["read", "write", "getpid", "mseal"], "action": "SCMP_ACT_ALLOW" } {{rules}}] }""";

    private static string Told(string first, string second)
        => DifferenceText.Write(ProfileDifference.Compare(Profiles.Evaluator(first), Profiles.Evaluator(second)),
            Profiles.Evaluator(first));

    [Test]
    public void Calls_with_the_same_change_share_a_line()
    {
        Assert.That(
            Told(Base,
                With(
                    """, { "names": ["mount", "umount2"], "action": "SCMP_ACT_ALLOW" }, { "names": ["umount"], "action": "SCMP_ACT_LOG" }""")), Is.EqualTo("""
            x86_64, x86: mount, umount2: ERRNO(1 EPERM) → ALLOW
            x86: umount: ERRNO(1 EPERM) → LOG

            """));
    }

    [Test]
    public void Where_arguments_decide_both_sides_are_told()
    {
        const string once =
            """, { "names": ["personality"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "op": "SCMP_CMP_EQ", "value": 8 }] }""";
        Assert.That(Told(With(once), With(once + once.Replace("8", "9"))), Is.EqualTo("""
            x86_64, x86: personality:
                ALLOW if arg0 == 8, else ERRNO(1 EPERM)
              → ALLOW if arg0 == 9 or arg0 == 8, else ERRNO(1 EPERM)

            """));
    }

    [TestCase("LT", 8ul, "LE", 7ul)]
    [TestCase("GE", 8ul, "GT", 7ul)]
    [TestCase("EQ", 0ul, "LT", 1ul)]
    [TestCase("NE", 0ul, "GT", 0ul)]
    public void What_decides_the_same_is_no_difference(string op, ulong value, string other, ulong otherValue)
    {
        string Rule(string by, ulong than)
            => With(
                $$""", { "names": ["mount"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "op": "SCMP_CMP_{{by}}", "value": {{than}} }] }""");
        Assert.That(Told(Rule(op, value), Rule(other, otherValue)), Is.Empty);
        Assert.That(Told(Rule(op, value), Rule(other, otherValue + 1)), Is.Not.Empty);
    }

    [TestCase(0x7E020000ul, 0x7E020001ul)]
    [TestCase(0x7E020000ul, 0x6E020000ul)]
    [TestCase(0x7E020000ul, 0x1_7E020000ul)]
    public void One_bit_of_a_mask_is_a_difference(ulong mask, ulong other)
    {
        string Rule(ulong bits)
            => With(
                $$""", { "names": ["clone"], "action": "SCMP_ACT_ALLOW", "args": [{ "index": 0, "op": "SCMP_CMP_MASKED_EQ", "value": {{bits}} }] }""");
        Assert.That(Told(Rule(mask), Rule(other)), Does.StartWith("x86_64").And.Contain(": clone:\n"));
    }

    [Test]
    public void The_default_is_told_once()
    {
        Assert.That(Told(Base, With("", "\"defaultAction\": \"SCMP_ACT_ERRNO\", \"defaultErrnoRet\": 13, \"architectures\": "
            + "[\"SCMP_ARCH_X86\"]")), Is.EqualTo("default: ERRNO(1 EPERM) → ERRNO(13 EACCES)\n"));
    }

    [Test]
    public void Flags_and_architectures_come_and_go()
    {
        Assert.That(Told(Base, With("", "\"defaultAction\": \"SCMP_ACT_ERRNO\", \"architectures\": [\"SCMP_ARCH_X32\"], \"flags\": "
            + "[\"SECCOMP_FILTER_FLAG_LOG\"]")), Is.EqualTo("""
            flags: -SECCOMP_FILTER_FLAG_SPEC_ALLOW, +SECCOMP_FILTER_FLAG_LOG
            architectures: -x86, +x32

            """));
    }

    [Test]
    public void What_is_newer_may_change_with_the_highest_number()
    {
        const string listed = "\"defaultAction\": \"SCMP_ACT_ERRNO\"";
        Assert.That(Told(With("", listed), With(""", { "names": ["setxattrat", "listns"], "action": "SCMP_ACT_ALLOW" }""", listed)),
            Is.EqualTo("""
            x86_64: newer than the profile: above 462 mseal → above 470 listns
            x86_64: setxattrat, listns: ERRNO(38 ENOSYS) → ALLOW
            x86_64: getxattrat, listxattrat, removexattrat, open_tree_attr, file_getattr, file_setattr: ERRNO(38 ENOSYS) → ERRNO(1 EPERM)

            """));
    }

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void A_profile_does_not_differ_from_itself(string file)
        => Assert.That(ProfileDifference.Compare(Profiles.OfFile(file), Profiles.OfFile(file)).IsNone);

    /// <summary>Two profiles without a difference decide alike wherever the tests of the compiler look; and what is told is one.</summary>
    [Test]
    public void A_difference_is_one_and_none_is_none([Range(1, 8)] int seed)
    {
        Random random = new(seed);
        string[] listed = ["SCMP_ARCH_X86_64", "SCMP_ARCH_X86", "SCMP_ARCH_X32"];
        int same = 0;
        for (int i = 0; i < 150; i++)
        {
            Core.Spec.Seccomp first = RandomProfile.Next(random, listed), second = first with { Syscalls = [.. first.Syscalls] };
            if (random.Next(2) == 0)
                random.Shuffle(second.Syscalls);
            else
                second = second with { Syscalls = second.Syscalls[..^1] };
            try
            {
                ProfileEvaluator one = Profiles.Of(first, X86_64), other = Profiles.Of(second, X86_64);
                ProfileDifference difference = ProfileDifference.Compare(one, other);
                same += difference.IsNone ? 1 : 0;
                foreach (Core.Seccomp.Architecture architecture in one.Profile.Architectures.Select(rules => rules.Architecture))
                    Compare(architecture, first, one, other, difference);
            }
            catch (ContainerException)
            {
                // It contradicts itself.
            }
        }
        Assert.That(same, Is.InRange(1, 149));
    }

    private static void Compare(Core.Seccomp.Architecture architecture, Core.Spec.Seccomp profile, ProfileEvaluator one,
        ProfileEvaluator other, ProfileDifference difference)
    {
        ArgumentVectors vectors = new(profile, architecture);
        for (uint number = architecture.NumberBase; number < architecture.NumberBase + 480; number++)
        {
            string name = one.Names(architecture).Find(number) ?? one.Names(architecture).Number(number);
            bool isTold = difference.Changes.Exists(change => change.Architectures.Contains(architecture) && change.Calls.Contains(name));
            bool differs = vectors.Of(number)
                .Exists(vector => one.Decide(architecture, number, vector) != other.Decide(architecture, number, vector));
            Assert.That(isTold || !differs, $"{architecture.Name} {name} differs\n{RandomProfile.Describe(profile)}");
            // What is told and not seen here may be seen elsewhere, but never where both sides are one action.
            if (isTold && one.CasesFor(architecture, number) is [var before] && other.CasesFor(architecture, number) is [var after])
                Assert.That(before.Action, Is.Not.EqualTo(after.Action));
        }
    }
}
