using NUnit.Framework;
using SharpRunc.Core.Seccomp;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Tests.Seccomp;

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
}
