using System;
using System.Runtime.InteropServices;
using NUnit.Framework;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Bpf;

using static SharpRunc.Linux.LibC.Libc;

public class AssemblerTests
{
    [Test]
    public unsafe void An_instruction_is_laid_out_as_the_kernels_sock_filter()
    {
        Assert.That(sizeof(Instruction), Is.EqualTo(sizeof(sock_filter)));
        Instruction[] one = [new(0x1122, 3, 4, 0x55667788)];
        Assert.That(MemoryMarshal.AsBytes(one.AsSpan()).ToArray(), Is.EqualTo(new byte[] { 0x22, 0x11, 3, 4, 0x88, 0x77, 0x66, 0x55 }));
    }

    [Test]
    public void A_jump_longer_than_255_instructions_still_reaches_its_target([Values(250, 254, 255, 256, 257, 300, 600)] int distance,
        [Values] bool far)
    {
        Assembler code = new();
        Assembler.Label target = far ? code.And(0, code.Return(1)) : code.Return(1);
        Assembler.Label other = code.Return(2);
        Assembler.Label chain = other;
        for (int i = 0; i < distance; i++)
            chain = code.And(uint.MaxValue, chain);
        Instruction[] program = code.ToProgram(code.Load(0, code.Branch(BPF_JEQ, 7, target, chain)));
        Assert.Multiple(() =>
        {
            Assert.That(Simulator.Run(program, Data(7), out _), Is.EqualTo(1));
            Assert.That(Simulator.Run(program, Data(8), out _), Is.EqualTo(2));
        });
    }

    [Test]
    public void Both_targets_of_a_jump_may_be_far()
    {
        Assembler code = new();
        Assembler.Label one = code.And(0, code.Return(1)), two = code.And(0, code.Return(2));
        Assembler.Label filler = code.Return(3);
        for (int i = 0; i < 400; i++)
            filler = code.And(uint.MaxValue, filler);
        Instruction[] program = code.ToProgram(code.Load(0, code.Branch(BPF_JEQ, 7, one, code.Branch(BPF_JEQ, 8, two, filler))));
        Assert.Multiple(() =>
        {
            Assert.That(Simulator.Run(program, Data(7), out _), Is.EqualTo(1));
            Assert.That(Simulator.Run(program, Data(8), out _), Is.EqualTo(2));
            Assert.That(Simulator.Run(program, Data(9), out _), Is.EqualTo(3));
        });
    }

    /// <summary>Bringing one target near moves the other away, at the very end of a jump's reach too.</summary>
    [Test]
    public void Targets_around_the_end_of_a_jump_s_reach_are_both_reached([Range(250, 258)] int distance, [Values] bool yesIsFarther,
        [Values] bool far)
    {
        Assert.Multiple(() =>
        {
            for (int gap = 1; gap < 6; gap++)
            {
                Assembler code = new();
                Assembler.Label farther = Target(code, 1, far);
                Fill(code, gap - (far ? 2 : 1));
                Assembler.Label nearer = Target(code, 2, far);
                Fill(code, distance);
                Instruction[] program =
                    code.ToProgram(code.Load(0, code.Branch(BPF_JEQ, 7, yesIsFarther ? farther : nearer, yesIsFarther ? nearer : farther)));
                Assert.That((Simulator.Run(program, Data(7), out _), Simulator.Run(program, Data(8), out _)),
                    Is.EqualTo(yesIsFarther ? (1u, 2u) : (2u, 1u)), Listing.Write(program));
            }
        });

        static Assembler.Label Target(Assembler code, uint value, bool far) => far ? code.And(0, code.Return(value)) : code.Return(value);

        static void Fill(Assembler code, int count)
        {
            for (int i = 0; i < count; i++)
                code.And(uint.MaxValue, code.Next);
        }
    }

    [Test]
    public void A_listing_names_jump_targets_by_line()
    {
        Assembler code = new();
        Assembler.Label no = code.Return(SECCOMP_RET_KILL_THREAD), yes = code.Return(SECCOMP_RET_ALLOW);
        Instruction[] program = code.ToProgram(code.Load(4, code.Branch(BPF_JEQ, AUDIT_ARCH_X86_64, yes, no)));
        Assert.That(Listing.Write(program), Is.EqualTo("   0  ld [4]\n   1  jeq 0xc000003e, 2, 3\n   2  ret 0x7fff0000\n   3  ret 0x0\n"));
    }

    private static byte[] Data(uint first)
    {
        byte[] data = new byte[64];
        BitConverter.TryWriteBytes(data, first);
        return data;
    }
}
