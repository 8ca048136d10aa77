using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Tests.Support;
using static SharpRunc.Tests.Support.RawCalls;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp, args: the kernel shows a filter all six registers, whatever the call makes of them.</summary>
internal sealed class SeccompConditionTests
{
    private const ulong Value = 0x9000_0001_8000_0000, Mask = 0xF0_0000_00F0, Wanted = 0x10_0000_0020;

    private static readonly ulong[] Tried =
    [
        0, Value - 1, Value, Value + 1, Value & uint.MaxValue, Value - (1ul << 32), Value + (1ul << 32), Value ^ (1ul << 63),
            ulong.MaxValue,
        Wanted, 0x1F_0000_002F, 0x2F_0000_002F, 0x1F_0000_001F, Wanted & uint.MaxValue,
    ];

    /// <summary>
    /// A call without arguments and without an effect for each operator; a value for which it does not hold; when it does.
    /// </summary>
    private static readonly (string Name, int Number, string Op, ulong Idle, Func<ulong, bool> Holds)[] Operators =
    [
        ("getuid", 102, "SCMP_CMP_EQ", 0, actual => actual == Value), ("getgid", 104, "SCMP_CMP_NE", Value, actual => actual != Value),
        ("geteuid", 107, "SCMP_CMP_LT", Value, actual => actual < Value),
            ("getegid", 108, "SCMP_CMP_LE", Value + 1, actual => actual <= Value),
        ("getppid", 110, "SCMP_CMP_GT", Value, actual => actual > Value),
            ("getpgrp", 111, "SCMP_CMP_GE", Value - 1, actual => actual >= Value),
        ("munlockall", 152, "SCMP_CMP_MASKED_EQ", 0, actual => (actual & Mask) == Wanted),
    ];

    [TestCase(true)]
    [TestCase(false)]
    [Must("features.seccomp.operators")]
    public void Every_operator_sees_all_64_bits_of_each_of_six_arguments(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        List<string> rules = [], calls = [];
        List<bool> held = [];
        foreach ((string name, int number, string op, ulong idle, Func<ulong, bool> holds) in Operators)
            for (int index = 0; index < 6; index++)
            {
                string condition = op == "SCMP_CMP_MASKED_EQ" ? $"\"value\": {Mask}, \"valueTwo\": {Wanted}" : $"\"value\": {Value}";
                rules.Add(Rule(name, "SCMP_ACT_ERRNO",
                    $$""", "errnoRet": {{100 + index}}, "args": [{ "index": {{index}}, {{condition}}, "op": "{{op}}" }]"""));
                foreach (ulong actual in Tried)
                {
                    calls.Add(Call(number, Enumerable.Range(0, 6).Select(i => i == index ? actual : idle)));
                    held.Add(holds(actual));
                }
            }
        string[] lines = runtime.RunBundle(RawCalls.Bundle(runtime, noNewPrivileges, Profile([.. rules]), [.. calls])).Expect(0).Lines();
        Assert.That(lines, Has.Length.EqualTo(calls.Count));
        Assert.Multiple(() =>
        {
            for (int i = 0; i < calls.Count; i++)
                if (held[i])
                    Assert.That(lines[i], Is.EqualTo($"{calls[i]} = -{100 + i / Tried.Length % 6}"));
                else
                    Assert.That(lines[i], Does.StartWith($"{calls[i]} = ").And.Not.Contain("-"));
        });
    }

    /// <summary>
    /// As runc: conditions on different arguments must all hold, but where one argument has two each is a rule of its own.
    /// </summary>
    [Test]
    public void Conditions_on_several_arguments_must_all_hold_and_on_one_argument_any()
    {
        using Runtime runtime = Runtime.Create();
        const string first = "\"index\": 0, \"value\": 1, \"op\": \"SCMP_CMP_EQ\"", other =
            "\"index\": 5, \"value\": 7, \"op\": \"SCMP_CMP_GT\"", again = "\"index\": 0, \"value\": 4294967297, \"op\": \"SCMP_CMP_EQ\"";
        Bundle bundle = RawCalls.Bundle(runtime, true, Profile(
            Rule("getppid", "SCMP_ACT_ERRNO", $$""", "errnoRet": 100, "args": [{ {{first}} }, { {{other}} }]"""),
            Rule("getpgrp", "SCMP_ACT_ERRNO", $$""", "errnoRet": 101, "args": [{ {{first}} }, { {{again}} }]"""),
            Rule("getuid", "SCMP_ACT_ERRNO", $$""", "errnoRet": 102, "args": [{ {{first}} }]"""),
            Rule("getuid", "SCMP_ACT_ERRNO", $$""", "errnoRet": 103, "args": [{ {{other}} }]""")),
            "110:1:0:0:0:0:8", "110:1:0:0:0:0:7", "110:2:0:0:0:0:8", "111:1", "111:0x100000001", "111:2", "102:1", "102:0:0:0:0:0:8",
            "102");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(), Is.EqualTo(new[]
        {
            "110:1:0:0:0:0:8 = -100", "110:1:0:0:0:0:7 = 0", "110:2:0:0:0:0:8 = 0", "111:1 = -101", "111:0x100000001 = -101", "111:2 = 1",
            "102:1 = -102", "102:0:0:0:0:0:8 = -103", "102 = 0",
        }));
    }

    /// <summary>A 32-bit call has only the low words, so only they are asked for.</summary>
    [Test]
    public void Of_a_call_of_32_bits_the_low_words_count()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = RawCalls.Bundle(runtime, true, Profile(
            Rule("getppid", "SCMP_ACT_ERRNO", """, "errnoRet": 100, "args": [{ "index": 1, "value": 4294967301, "op": "SCMP_CMP_EQ" }]""")),
            "110:0:5", "110:0:0x100000005", "i386/64:0:5", "i386/64:0:6");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Lines(),
            Is.EqualTo(new[] { "110:0:5 = 0", "110:0:0x100000005 = -100", "i386/64:0:5 = -100", "i386/64:0:6 = 0" }));
    }

    private static string Call(int number, IEnumerable<ulong> arguments)
        => $"{number}:{string.Join(':', arguments.Select(argument => $"0x{argument:x}"))}";
}
