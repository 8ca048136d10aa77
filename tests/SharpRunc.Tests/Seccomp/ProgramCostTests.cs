using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;

namespace SharpRunc.Tests.Seccomp;

/// <summary>
/// Our programs beside libseccomp's with its binary tree on, as runc asks for; both without what runc prepends for new numbers, which ours
/// include.
/// </summary>
internal sealed class ProgramCostTests
{
    private const double Bar = 0.8;

    private const int HandfulOfRules = 20;

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void A_program_is_no_larger_than_libseccomps_and_runs_fewer_instructions(string file)
    {
        using Libseccomp libseccomp = Oracle.Open();
        Core.Spec.Seccomp profile = ProfileFile.Read(file);
        libseccomp.Add(profile, Architecture.Native);
        Instruction[] theirs = libseccomp.Compile(tree: true)[0]!;
        Instruction[] ours = Verdict.Parse(SeccompCompiler.Compile(profile)!.Instructions);
        double our = SyscallMix.Executed(ours), their = SyscallMix.Executed(theirs);
        TestContext.Out.WriteLine(
            $"{file}: {ours.Length} instructions, libseccomp {theirs.Length} ({(double)ours.Length / theirs.Length:0.00}); executed {our:0.00}, libseccomp {their:0.00} ({our / their:0.00})");
        // Of a handful of rules a plain list is the smallest program, and slower than a search.
        if (theirs.Length > HandfulOfRules)
            Assert.That(ours.Length, Is.LessThanOrEqualTo(theirs.Length));
        Assert.That(our, Is.LessThanOrEqualTo(Bar * their));
    }
}
