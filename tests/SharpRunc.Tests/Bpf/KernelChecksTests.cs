using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

/// <summary><see cref="KernelChecks"/> says of a program what the kernel says.</summary>
internal sealed class KernelChecksTests
{
    private const ushort LoadWord = BPF_LD | BPF_W | BPF_ABS, Jump = BPF_JMP | BPF_JA, IfEqual = BPF_JMP | BPF_JEQ,
        IfSetX = BPF_JMP | BPF_JSET | BPF_X;

    /// <summary>BPF_MOD, BPF_H, BPF_B, BPF_IND and BPF_MSH, which sockets' filters have and those of system calls do not.</summary>
    private const ushort Mod = 0x90, Half = 0x08, Byte = 0x10, Indirect = 0x40, Header = 0xA0;

    private static readonly Instruction Allow = new(BPF_RET, 0, 0, SECCOMP_RET_ALLOW);

    private static readonly (string Name, string Reason, Instruction[] Program)[] Bad =
    [
        ("nothing", "0 instructions", []),
        ("one instruction too many", "4097 instructions", Long(BPF_MAXINSNS + 1)),
        ("no return", "does not return", [new(LoadWord, 0, 0, 0)]),
        ("no return behind one", "does not return", [Allow, new(LoadWord, 0, 0, 0)]),
        ("no such class or mode", "not an instruction", [new(0xFF, 0, 0, 0), Allow]),
        ("more than a byte of opcode", "not an instruction", [new(0x100 | LoadWord, 0, 0, 0), Allow]),
        ("return of x", "not an instruction", [new(BPF_RET | BPF_X, 0, 0, 0)]),
        ("modulo", "not an instruction", [new(BPF_ALU | Mod, 0, 0, 2), Allow]),
        ("negation of x", "not an instruction", [new(BPF_ALU | BPF_NEG | BPF_X, 0, 0, 0), Allow]),
        ("half a word", "not an instruction", [new(BPF_LD | Half | BPF_ABS, 0, 0, 0), Allow]),
        ("a byte", "not an instruction", [new(BPF_LD | Byte | BPF_ABS, 0, 0, 0), Allow]),
        ("a word at x", "not an instruction", [new(BPF_LD | BPF_W | Indirect, 0, 0, 0), Allow]),
        ("a header's length", "not an instruction", [new(BPF_LDX | Byte | Header, 0, 0, 0), Allow]),
        ("x from the data", "not an instruction", [new(BPF_LDX | BPF_W | BPF_ABS, 0, 0, 0), Allow]),
        ("a word behind the data", "no word of the data", [new(LoadWord, 0, 0, 64), Allow]),
        ("a word across others", "no word of the data", [new(LoadWord, 0, 0, 2), Allow]),
        ("an ancillary word", "no word of the data", [new(LoadWord, 0, 0, 0xFFFFF000), Allow]),
        ("the last word's last byte", "no word of the data", [new(LoadWord, 0, 0, 63), Allow]),
        ("division by zero", "division by zero", [new(BPF_ALU | BPF_DIV, 0, 0, 0), Allow]),
        ("shift to the left by 32", "shift", [new(BPF_ALU | BPF_LSH, 0, 0, 32), Allow]),
        ("shift to the right by 32", "shift", [new(BPF_ALU | BPF_RSH, 0, 0, 32), Allow]),
        ("a store behind the memory", "no word of the memory", [new(BPF_ST, 0, 0, 16), Allow]),
        ("a store of x behind the memory", "no word of the memory", [new(BPF_STX, 0, 0, 16), Allow]),
        ("a read behind the memory", "no word of the memory", [new(BPF_LD | BPF_MEM, 0, 0, 16), Allow]),
        ("a read into x behind the memory", "no word of the memory", [new(BPF_LDX | BPF_MEM, 0, 0, uint.MaxValue), Allow]),
        ("a jump behind the end", "jump", [new(Jump, 0, 0, 1), Allow]),
        ("a jump backwards", "jump", [new(LoadWord, 0, 0, 0), new(Jump, 0, 0, uint.MaxValue), Allow]),
        ("a jump that wraps round", "jump", [new(Jump, 0, 0, 0x80000000), Allow]),
        ("a condition's jump behind the end", "jump", [new(IfEqual, 1, 0, 0), Allow]),
        ("a condition's other jump behind the end", "jump", [new(IfEqual, 0, 1, 0), Allow]),
        ("an unreachable jump behind the end", "jump", [Allow, new(IfSetX, 0, 255, 0), Allow]),
        ("memory never written", "M[3]", [new(BPF_LD | BPF_MEM, 0, 0, 3), Allow]),
        ("other memory written", "M[3]", [new(BPF_ST, 0, 0, 2), new(BPF_LDX | BPF_MEM, 0, 0, 3), Allow]),
        ("memory written on one path", "M[0]", [new(IfEqual, 0, 1, 0), new(BPF_ST, 0, 0, 0), new(BPF_LD | BPF_MEM, 0, 0, 0), Allow]),
        ("memory written by what is jumped over", "M[0]",
            [new(Jump, 0, 0, 1), new(BPF_STX, 0, 0, 0), new(BPF_LD | BPF_MEM, 0, 0, 0), Allow]),
        ("memory read behind a return", "M[0]", [Allow, new(BPF_LD | BPF_MEM, 0, 0, 0), Allow]),
    ];

    private static readonly (string Name, Instruction[] Program)[] Good =
    [
        ("a return", [Allow]),
        ("a return of a", [new(BPF_RET | BPF_A, 0, 0, 0)]),
        ("as many instructions as there may be", Long(BPF_MAXINSNS)),
        ("the last word", [new(LoadWord, 0, 0, 60), Allow]),
        ("the data's length", [new(BPF_LD | BPF_LEN, 0, 0, 99), new(BPF_LDX | BPF_LEN, 0, 0, 0), Allow]),
        ("shifts by 31, by x and a division by x",
            [new(BPF_ALU | BPF_LSH, 0, 0, 31), new(BPF_ALU | BPF_RSH | BPF_X, 0, 0, 32), new(BPF_ALU | BPF_DIV | BPF_X, 0, 0, 0), Allow]),
        ("every register and what negation "
            + "is", [new(BPF_MISC | BPF_TAX, 0, 0, 0), new(BPF_MISC | BPF_TXA, 0, 0, 0), new(BPF_ALU | BPF_NEG, 0, 0, 7),
                new(BPF_LDX, 0, 0, 1), Allow]),
        ("jumps to the last instruction", [new(Jump, 0, 0, 1), new(IfEqual, 0, 0, 0), Allow]),
        ("jumps of what does not jump", [new(LoadWord, 255, 255, 0), Allow]),
        ("unreachable instructions", [Allow, new(LoadWord, 0, 0, 0), Allow]),
        ("memory written on both "
            + "paths", [new(IfEqual, 0, 2, 0), new(BPF_ST, 0, 0, 15), new(Jump, 0, 0, 1), new(BPF_STX, 0, 0, 15),
                new(BPF_LD | BPF_MEM, 0, 0, 15), Allow]),
        ("unwritten memory read where a jump leads nobody", [new(Jump, 0, 0, 1), new(BPF_LD | BPF_MEM, 0, 0, 0), Allow]),
    ];

    [TestCaseSource(nameof(Named), new object[] { false })]
    public void A_bad_program_is_refused_and_why_is_said(int index)
        => Assert.That(KernelChecks.Refusal(Bad[index].Program), Does.Contain(Bad[index].Reason));

    [TestCaseSource(nameof(Named), new object[] { true })]
    public void A_good_program_is_not(int index) => Assert.That(KernelChecks.Refusal(Good[index].Program), Is.Null);

    [Test]
    public void The_kernel_refuses_the_bad_ones_with_EINVAL_and_loads_the_good_ones()
    {
        (_, Dictionary<int, int> refused) = Probe.Load([.. Bad.Select(bad => bad.Program), .. Good.Select(good => good.Program)]);
        Assert.That(refused, Is.EquivalentTo(Enumerable.Range(0, Bad.Length).ToDictionary(index => index, _ => EINVAL)));
    }

    [Test]
    public void The_kernel_and_our_checks_agree_on_any_program()
    {
        List<Instruction[]> programs = [];
        Dice.Roll(5000, dice => programs.Add(RandomProgram.Next(dice)));
        (_, Dictionary<int, int> refused) = Probe.Load(programs);
        TestContext.Out.WriteLine($"{refused.Count} of {programs.Count} refused");
        Assert.Multiple(() =>
        {
            for (int seed = 0; seed < programs.Count; seed++)
                Assert.That(refused.GetValueOrDefault(seed), Is.EqualTo(KernelChecks.Refusal(programs[seed]) is null ? 0 : EINVAL),
                    $"seed {seed}\n{Listing.Write(programs[seed])}");
        });
        Assert.That(refused, Has.Count.InRange(programs.Count / 5, programs.Count * 4 / 5), "or the programs are too tame or too wild");
    }

    private static IEnumerable<TestCaseData> Named(bool good)
    {
        string[] names = good ? [.. Good.Select(each => each.Name)] : [.. Bad.Select(each => each.Name)];
        for (int i = 0; i < names.Length; i++)
            yield return new TestCaseData(i).SetArgDisplayNames(names[i]);
    }

    private static Instruction[] Long(int count) => [.. Enumerable.Repeat(new Instruction(LoadWord, 0, 0, 0), count - 1), Allow];
}
