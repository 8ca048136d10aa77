using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

public class SeccompCompilerTests
{
    private const uint X86_64 = AUDIT_ARCH_X86_64, X86 = AUDIT_ARCH_I386;
    private const uint Eperm = SECCOMP_RET_ERRNO | EPERM, Enosys = SECCOMP_RET_ERRNO | ENOSYS, Allow = SECCOMP_RET_ALLOW;

    [Test]
    public void No_profile_and_an_empty_one_are_no_program()
    {
        Assert.That(SeccompCompiler.Compile(null), Is.Null);
        Assert.That(SeccompCompiler.Compile(new Core.Spec.Seccomp()), Is.Null);
    }

    [Test]
    public void Dockers_default_profile_decides_as_its_text_says()
    {
        SeccompProgram program = SeccompCompiler.Compile(ProfileFile.Read("bundles/docker-default.json"))!;
        Assert.Multiple(() =>
        {
            Assert.That(Verdict.Of(program, X86_64, 0), Is.EqualTo(Allow), "read");
            Assert.That(Verdict.Of(program, X86_64, 165), Is.EqualTo(Eperm), "mount");
            Assert.That(Verdict.Of(program, X86_64, 135, 8), Is.EqualTo(Allow), "personality(8)");
            Assert.That(Verdict.Of(program, X86_64, 135, 9), Is.EqualTo(Eperm), "personality(9)");
            Assert.That(Verdict.Of(program, X86_64, 135, 0x1_0000_0008), Is.EqualTo(Eperm), "personality, high word");
            Assert.That(Verdict.Of(program, X86_64, 56, 0x11), Is.EqualTo(Allow), "clone");
            Assert.That(Verdict.Of(program, X86_64, 56, 0x10000000), Is.EqualTo(Eperm), "clone(NEWUSER)");
            Assert.That(Verdict.Of(program, X86_64, 435), Is.EqualTo(Enosys), "clone3");
            Assert.That(Verdict.Of(program, X86, 3), Is.EqualTo(Allow), "i386 read");
            Assert.That(Verdict.Of(program, X86, 21), Is.EqualTo(Eperm), "i386 mount");
            Assert.That(Verdict.Of(program, X86_64, 0x40000000), Is.EqualTo(Allow), "x32 read");
            Assert.That(Verdict.Of(program, 0xC00000B7, 0), Is.EqualTo(SECCOMP_RET_KILL_THREAD), "aarch64");
            Assert.That(program.Flags, Is.EqualTo(SECCOMP_FILTER_FLAG_SPEC_ALLOW));
        });
    }

    [TestCase("SCMP_CMP_EQ"), TestCase("SCMP_CMP_NE"), TestCase("SCMP_CMP_LT"), TestCase("SCMP_CMP_LE"), TestCase("SCMP_CMP_GT"),
        TestCase("SCMP_CMP_GE")]
    public void Operators_compare_all_64_bits_of_all_six_arguments(string op)
    {
        ulong[] values = [0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0x1_0000_0000, 0x1_0000_0001, 0x1_FFFF_FFFF, 0x8000_0000_0000_0000,
            ulong.MaxValue];
        for (uint index = 0; index < 6; index++)
            foreach (ulong value in values)
            {
                SeccompProgram program = Compile(Rule(Read, "SCMP_ACT_ERRNO", new SeccompArg(index, value, 0, op)));
                foreach (ulong actual in values)
                {
                    bool holds = op switch
                    {
                        "SCMP_CMP_EQ" => actual == value,
                        "SCMP_CMP_NE" => actual != value,
                        "SCMP_CMP_LT" => actual < value,
                        "SCMP_CMP_LE" => actual <= value,
                        "SCMP_CMP_GT" => actual > value,
                        _ => actual >= value,
                    };
                    ulong[] args = new ulong[6];
                    args[index] = actual;
                    Assert.That(Verdict.Of(program, X86_64, 0, args), Is.EqualTo(holds ? Eperm : Allow),
                        $"a{index} = {actual:x} {op} {value:x}");
                }
            }
    }

    [Test]
    public void For_a_masked_comparison_value_is_the_mask_and_valueTwo_what_is_wanted()
    {
        SeccompProgram program =
            Compile(Rule(Read, "SCMP_ACT_ERRNO", new SeccompArg(2, 0xF0_0000_00F0, 0x10_0000_0020, "SCMP_CMP_MASKED_EQ")));
        Assert.Multiple(() =>
        {
            Assert.That(Verdict.Of(program, X86_64, 0, 0, 0, 0x1F_0000_002F), Is.EqualTo(Eperm));
            Assert.That(Verdict.Of(program, X86_64, 0, 0, 0, 0x2F_0000_002F), Is.EqualTo(Allow));
            Assert.That(Verdict.Of(program, X86_64, 0, 0, 0, 0x1F_0000_001F), Is.EqualTo(Allow));
        });
    }

    [Test]
    public void Conditions_on_several_arguments_must_all_hold_and_on_one_argument_any()
    {
        SeccompProgram all = Compile(Rule(Read, "SCMP_ACT_ERRNO", new(0, 1, 0, "SCMP_CMP_EQ"), new(1, 2, 0, "SCMP_CMP_EQ")));
        SeccompProgram any = Compile(Rule(Read, "SCMP_ACT_ERRNO", new(0, 1, 0, "SCMP_CMP_EQ"), new(0, 2, 0, "SCMP_CMP_EQ")));
        Assert.Multiple(() =>
        {
            Assert.That(Verdict.Of(all, X86_64, 0, 1, 2), Is.EqualTo(Eperm));
            Assert.That(Verdict.Of(all, X86_64, 0, 1, 3), Is.EqualTo(Allow));
            Assert.That(Verdict.Of(any, X86_64, 0, 1), Is.EqualTo(Eperm));
            Assert.That(Verdict.Of(any, X86_64, 0, 2), Is.EqualTo(Eperm));
            Assert.That(Verdict.Of(any, X86_64, 0, 3), Is.EqualTo(Allow));
        });
    }

    [TestCase("SCMP_ACT_KILL", SECCOMP_RET_KILL_THREAD), TestCase("SCMP_ACT_KILL_THREAD", SECCOMP_RET_KILL_THREAD)]
    [TestCase("SCMP_ACT_KILL_PROCESS", SECCOMP_RET_KILL_PROCESS), TestCase("SCMP_ACT_TRAP", SECCOMP_RET_TRAP),
        TestCase("SCMP_ACT_ERRNO", Eperm)]
    [TestCase("SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM), TestCase("SCMP_ACT_LOG", SECCOMP_RET_LOG)]
    [TestCase("SCMP_ACT_NOTIFY", SECCOMP_RET_USER_NOTIF)]
    public void Every_action_compiles(string action, uint expected)
        => Assert.That(Verdict.Of(Compile(Rule(Read, action)), X86_64, 0), Is.EqualTo(expected));

    [Test]
    public void A_number_above_the_highest_that_the_profile_names_is_ENOSYS_on_each_architecture()
    {
        Core.Spec.Seccomp profile = new()
        {
            DefaultAction = "SCMP_ACT_KILL",
            Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_X32"],
            Syscalls = [Rule(["read", "openat2"], "SCMP_ACT_ALLOW")]
        };
        SeccompProgram program = SeccompCompiler.Compile(profile)!;
        Assert.Multiple(() =>
        {
            foreach ((uint audit, uint number, uint expected) in new (uint, uint, uint)[]
            {
                (X86_64, 436, 0), (X86_64, 437, Allow), (X86_64, 438, Enosys), (X86_64, 0x3FFFFFFF, Enosys), (X86, 437, Allow),
                    (X86, 438, Enosys), (X86, uint.MaxValue, Enosys),
                (X86_64, 0x40000000 + 436, 0), (X86_64, 0x40000000 + 437, Allow), (X86_64, 0x40000000 + 438, Enosys),
            })
                Assert.That(Verdict.Of(program, audit, number), Is.EqualTo(expected), $"{audit:x} {number:x}");
        });
    }

    [TestCase("SCMP_ACT_ALLOW", Allow), TestCase("SCMP_ACT_LOG", SECCOMP_RET_LOG), TestCase("SCMP_ACT_TRACE", SECCOMP_RET_TRACE | EPERM)]
    public void Where_the_default_lets_calls_pass_new_ones_pass_too(string action, uint expected)
        => Assert.That(Verdict.Of(SeccompCompiler.Compile(new() { DefaultAction = action, Syscalls = [Rule(Read, "SCMP_ACT_KILL")] })!,
            X86_64, 400), Is.EqualTo(expected));

    [Test]
    public void Without_x32_its_numbers_are_a_foreign_architecture_but_minus_one_is_not()
    {
        SeccompProgram program =
            SeccompCompiler.Compile(new() { DefaultAction = "SCMP_ACT_ERRNO", Syscalls = [Rule(Read, "SCMP_ACT_ALLOW")] })!;
        Assert.Multiple(() =>
        {
            Assert.That(Verdict.Of(program, X86_64, 0x40000000), Is.EqualTo(SECCOMP_RET_KILL_THREAD));
            Assert.That(Verdict.Of(program, X86_64, uint.MaxValue), Is.EqualTo(Eperm));
            Assert.That(Verdict.Of(program, X86, 3), Is.EqualTo(SECCOMP_RET_KILL_THREAD));
        });
    }

    [Test]
    public void On_i386_a_rule_for_a_socket_or_ipc_call_holds_for_its_multiplexed_form()
    {
        Core.Spec.Seccomp profile = new()
        {
            DefaultAction = "SCMP_ACT_ALLOW",
            Architectures = ["SCMP_ARCH_X86"],
            Syscalls = [Rule(["socket", "accept", "shmget"], "SCMP_ACT_ERRNO")]
        };
        SeccompProgram program = SeccompCompiler.Compile(profile)!;
        Assert.Multiple(() =>
        {
            Assert.That(Verdict.Of(program, X86, 359), Is.EqualTo(Eperm), "socket");
            Assert.That(Verdict.Of(program, X86, 102, 1), Is.EqualTo(Eperm), "socketcall(SYS_SOCKET)");
            Assert.That(Verdict.Of(program, X86, 102, 5), Is.EqualTo(Eperm), "socketcall(SYS_ACCEPT)");
            Assert.That(Verdict.Of(program, X86, 102, 2), Is.EqualTo(Allow), "socketcall(SYS_BIND)");
            Assert.That(Verdict.Of(program, X86, 117, 23), Is.EqualTo(Eperm), "ipc(SHMGET)");
            Assert.That(Verdict.Of(program, X86, 117, 1), Is.EqualTo(Allow), "ipc(SEMOP)");
        });
    }

    [Test]
    public void The_first_rule_without_conditions_wins_and_replaces_those_with_conditions()
    {
        SeccompProgram program = Compile(Rule(Read, "SCMP_ACT_LOG", new SeccompArg(0, 1, 0, "SCMP_CMP_EQ")), Rule(Read, "SCMP_ACT_TRAP"),
            Rule(Read, "SCMP_ACT_KILL"),
            Rule(Read, "SCMP_ACT_LOG", new SeccompArg(0, 1, 0, "SCMP_CMP_EQ")));
        Assert.That(Verdict.Of(program, X86_64, 0, 1), Is.EqualTo(SECCOMP_RET_TRAP));
    }

    [Test]
    public void An_unknown_name_is_skipped_with_a_warning()
    {
        SeccompProgram program = Compile(Rule(["no_such_call", "read"], "SCMP_ACT_ERRNO"));
        Assert.That(program.Warnings, Is.EqualTo(new[] { "seccomp: unknown system call \"no_such_call\" ignored" }));
        Assert.That(Verdict.Of(program, X86_64, 0), Is.EqualTo(Eperm));
    }

    [Test]
    public void Unset_flags_are_SPEC_ALLOW_and_TSYNC_is_accepted_but_not_set()
    {
        Assert.That(WithFlags(null), Is.EqualTo(SECCOMP_FILTER_FLAG_SPEC_ALLOW));
        Assert.That(WithFlags([]), Is.Zero);
        Assert.That(WithFlags(["SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_TSYNC"]), Is.EqualTo(SECCOMP_FILTER_FLAG_LOG));
        SeccompRule[] notify = [Rule(Read, "SCMP_ACT_NOTIFY")];
        Assert.That(WithFlags([], notify), Is.EqualTo(SECCOMP_FILTER_FLAG_NEW_LISTENER));
        Assert.That(WithFlags(["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"], notify),
            Is.EqualTo(SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV));

        static uint WithFlags(string[]? flags, params SeccompRule[] rules)
            => SeccompCompiler.Compile(new() { DefaultAction = "SCMP_ACT_ALLOW", Flags = flags, Syscalls = rules })!.Flags;
    }

    private static (string, Core.Spec.Seccomp)[] Wrong =>
    [
        ("/linux/seccomp/defaultAction", new() { DefaultAction = "SCMP_ACT_NOTIFY" }),
        ("/linux/seccomp/defaultAction", new() { Syscalls = [Rule(Read, "SCMP_ACT_ALLOW")] }),
        ("/linux/seccomp/defaultErrnoRet", new() { DefaultAction = "SCMP_ACT_ALLOW", DefaultErrnoRet = 1 }),
        ("/linux/seccomp/defaultErrnoRet", new() { DefaultAction = "SCMP_ACT_ERRNO", DefaultErrnoRet = 4096 }),
        ("/linux/seccomp/architectures/1", new() { DefaultAction = "SCMP_ACT_ALLOW", Architectures = ["SCMP_ARCH_X86", "SCMP_ARCH_Z80"] }),
        ("/linux/seccomp/flags/0", new() { DefaultAction = "SCMP_ACT_ALLOW", Flags = ["SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV"] }),
        ("/linux/seccomp/flags/0", new() { DefaultAction = "SCMP_ACT_ALLOW", Flags = ["X"] }),
        ("/linux/seccomp/syscalls/0/action", new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule(Read, "NOTIFY")] }),
        ("/linux/seccomp/syscalls/0/errnoRet",
            new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = Read, Action = "SCMP_ACT_NOTIFY", ErrnoRet = 1 }] }),
        ("/linux/seccomp/syscalls/0/errnoRet",
            new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [new() { Names = Read, Action = "SCMP_ACT_KILL", ErrnoRet = 1 }] }),
        ("/linux/seccomp/syscalls/0/args/0/index",
            new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule(Read, "SCMP_ACT_KILL", new SeccompArg(6, 0, 0, "SCMP_CMP_EQ"))] }),
        ("/linux/seccomp/syscalls/0/args/0/op",
            new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule(Read, "SCMP_ACT_KILL", new SeccompArg(0, 0, 0, "EQ"))] }),
        ("/linux/seccomp/syscalls/1",
            new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = [Rule(Read, "SCMP_ACT_KILL", new SeccompArg(0, 0, 0, "SCMP_CMP_EQ")),
                Rule(Read, "SCMP_ACT_TRAP", new SeccompArg(0, 0, 0, "SCMP_CMP_EQ"))] }),
        ("/linux/seccomp/syscalls", new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = Enumerable.Range(0, 3000)
            .Select(i => Rule(Read, "SCMP_ACT_KILL", new SeccompArg(0, (ulong)i << 20, 0, "SCMP_CMP_EQ"))).ToArray() }),
    ];

    [Test]
    public void A_wrong_profile_is_refused_and_the_error_names_the_property()
    {
        Assert.Multiple(() =>
        {
            foreach ((string pointer, Core.Spec.Seccomp profile) in Wrong)
                Assert.That(Assert.Throws<ContainerException>(() => SeccompCompiler.Compile(profile))!.Pointer, Is.EqualTo(pointer));
        });
    }

    private static readonly string[] Read = ["read"];

    private static SeccompProgram Compile(params SeccompRule[] rules)
        => SeccompCompiler.Compile(new() { DefaultAction = "SCMP_ACT_ALLOW", Syscalls = rules })!;

    private static SeccompRule Rule(string[] names, string action, params SeccompArg[] args)
        => new() { Names = names, Action = action, Args = args };
}
