using System;
using System.Collections.Generic;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Seccomp;

namespace SharpRunc.Tests.Explaining;

/// <summary>Every call of every architecture: what <see cref="ProfileEvaluator"/> says and what the program decides.</summary>
internal sealed class TruthTests
{
    private static readonly uint[] Odd = [3999, 4999, 5999, 0x3FFFFFFF, 0x40000000, 0x400001FF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE,
        uint.MaxValue];

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void What_is_explained_is_what_the_program_decides(string file)
    {
        Core.Spec.Seccomp profile = ProfileFile.Read(file);
        foreach (Core.Seccomp.Architecture native in Core.Seccomp.Architecture.All)
            Assert.That(Untruths(profile, native).Take(5), Is.Empty, native.Name);
    }

    [Test]
    public void Of_random_profiles_too([Range(1, 4)] int seed)
    {
        Random random = new(seed);
        string[] all = Core.Seccomp.Architecture.All.Select(architecture => architecture.Name).ToArray();
        for (int i = 0; i < 100; i++)
        {
            Core.Spec.Seccomp profile = RandomProfile.Next(random, all);
            try
            {
                Assert.That(Untruths(profile, random.GetItems(Core.Seccomp.Architecture.All, 1)[0]).Take(5), Is.Empty,
                    RandomProfile.Describe(profile));
            }
            catch (ContainerException)
            {
                // It contradicts itself.
            }
        }
    }

    /// <summary>The first case that holds says something else than the program, on any architecture of its byte order.</summary>
    private static IEnumerable<string> Untruths(Core.Spec.Seccomp profile, Core.Seccomp.Architecture native)
    {
        ProfileEvaluator evaluator = Profiles.Of(profile, native);
        Instruction[] program = Verdict.Parse(evaluator.Program.Instructions);
        foreach (Core.Seccomp.Architecture architecture in Core.Seccomp.Architecture.All)
        {
            ArgumentVectors vectors = new(profile, architecture);
            foreach (uint number in Numbers(architecture))
            {
                Case[] cases = evaluator.CasesFor(architecture, number);
                Assert.That(cases[^1].IsCertain, "the last case is for all that remains");
                foreach (ulong[] vector in vectors.Of(number))
                {
                    Case first = cases.First(one => ConditionEvaluator.All(one.Conditions, vector));
                    uint decided = Verdict.Of(program, architecture, number, vector);
                    if (first.Action != decided || evaluator.Decide(architecture, number, vector) != decided)
                        yield return $"{architecture.Name} {number:x}: {first.Action:x} by {first.Reason.Text}, and the program {decided:x}";
                }
            }
        }
    }

    private static IEnumerable<uint> Numbers(Core.Seccomp.Architecture architecture)
    {
        for (uint number = 0; number < 600; number++)
            yield return architecture.NumberBase + number;
        for (uint number = 0; number < 12 && architecture.Column == SyscallColumn.Arm; number++)
            yield return SyscallTable.ArmPrivateBase - 2 + number;
        foreach (uint number in Odd)
            yield return number;
    }
}
