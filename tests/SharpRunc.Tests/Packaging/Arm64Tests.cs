using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>
/// The binary of <c>make build ARCH=arm64</c>, as far as it needs no arm64 kernel: QEMU translates its instructions and calls.
/// </summary>
internal sealed class Arm64Tests
{
    private const string Qemu = "/usr/bin/qemu-aarch64-static";

    private static readonly string Built = Path.Combine(Repository.Root, "out/arm64/sharprunc");

    [OneTimeSetUp]
    public void Require()
    {
        if (!File.Exists(Qemu))
            Assert.Ignore($"{Qemu} is not installed");
        if (!File.Exists(Built))
            Assert.Ignore("not built: make build ARCH=arm64");
    }

    [TestCase("sharprunc version", "--version")]
    [TestCase("SCMP_ARCH_AARCH64", "features")]
    [TestCase("--bundle", "help", "run")]
    [TestCase("does not exist", "state", "nothing")]
    [TestCase("flag provided but not defined", "run", "--no-such-flag")]
    public void It_answers(string expected, params string[] arguments)
    {
        using TemporaryDirectory work = new();
        Child.Start([Qemu, Built, "--root", work["state"], .. arguments], work["out"], work["out"]).Wait();
        Assert.That(File.ReadAllText(work["out"]), Does.Contain(expected));
    }

    [Test]
    public void It_is_static_and_has_its_address()
    {
        ElfFile elf = ElfFile.Read(Built);
        Assert.That((elf.Machine, elf.Type), Is.EqualTo((ElfFile.Arm64, ElfFile.Fixed)));
        Assert.That(elf.Segments, Has.No.Member(ElfFile.Dynamic).And.No.Member(ElfFile.Interpreter));
    }
}
