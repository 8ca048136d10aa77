using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using SharpRunc.Linux.Bpf;
using SharpRunc.Tests.Bpf;

namespace SharpRunc.Tests.Seccomp;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A call that a profile allows whatever its arguments costs nothing: the kernel sees it when it loads our program. See <see
/// cref="ConstantAllow"/>.
/// </summary>
internal sealed class ConstantAllowTests
{
    /// <summary>More than any of the two has.</summary>
    private const int Numbers = 512;

    [TestCaseSource(typeof(ProfileFile), nameof(ProfileFile.All))]
    public void What_an_engines_profile_always_allows_the_kernel_recognises(string file)
    {
        Core.Spec.Seccomp source = ProfileFile.Read(file);
        Instruction[] program = Verdict.Parse(SeccompCompiler.Compile(source)!.Instructions);
        List<string> differences = [];
        int recognised = 0;
        Profile profile = new(source, Architecture.Native);
        foreach (ArchitectureRules rules in profile.Architectures)
            for (int number = 0; number < Numbers && rules.Architecture.NumberBase == 0; number++)
            {
                bool allows = (rules.Find(number) is { } rule ? rule.Always : number < rules.Common.Count
                    || profile.Default == SECCOMP_RET_ALLOW ? profile.Default : null) == SECCOMP_RET_ALLOW;
                bool constant = ConstantAllow.Holds(program, rules.Architecture.Audit, (uint)number);
                recognised += constant ? 1 : 0;
                if (constant != allows)
                    differences.Add(
                        $"{rules.Architecture.Name} {number}: {(allows ? "is allowed, but not recognised" : "is recognised, but not always allowed")}");
            }
        TestContext.Out.WriteLine(
            $"{file}: {recognised} calls of {profile.Architectures.FindAll(rules => rules.Architecture.NumberBase == 0).Count} architectures");
        Assert.That(differences, Is.Empty);
        Assert.That(recognised, Is.GreaterThan(250));
    }
}
