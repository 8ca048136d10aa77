using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>Either binary is the only file that it needs: readelf finds nothing to load, and it starts where nothing else is.</summary>
[TestFixture(false)]
[TestFixture(true)]
internal sealed class EmptyRootTests(bool isArm64)
{
    private const string Qemu = "/usr/bin/qemu-aarch64-static";

    private string program = "";

    [OneTimeSetUp]
    public void Require()
    {
        if (!Environment.IsPrivilegedProcess)
            Assert.Ignore("chroot needs root");
        program = isArm64 ? Path.Combine(Repository.Root, "out/arm64/sharprunc") : Runtime.Binary;
        if (!File.Exists(program))
            Assert.Ignore("not built: make build ARCH=arm64");
        if (isArm64 && !File.Exists(Qemu))
            Assert.Ignore($"{Qemu} is not installed");
    }

    [Test]
    public void Nothing_is_loaded()
    {
        using TemporaryDirectory work = new();
        Assert.That(Run(work, "/usr/bin/readelf", "--dynamic", program), Does.Contain("There is no dynamic section in this file."));
    }

    [TestCase("sharprunc version", "--version")]
    [TestCase("ociVersionMax", "features")]
    [TestCase("--bundle", "help", "run")]
    [TestCase(".TH", "man")]
    public void It_starts_in_an_empty_root(string expected, params string[] arguments)
    {
        using TemporaryDirectory work = new(), root = new();
        File.Copy(program, root["sharprunc"]);
        string[] translator = [];
        if (isArm64)
        {
            File.Copy(Qemu, root["qemu"]);
            translator = ["/qemu"];
        }
        Assert.That(Run(work, ["/usr/sbin/chroot", root.Path, .. translator, "/sharprunc", .. arguments]), Does.Contain(expected));
    }

    private static string Run(TemporaryDirectory work, params string[] command)
    {
        Assert.That(Child.Start(command, work["out"], work["errors"]).Wait(), Is.Zero, () => File.ReadAllText(work["errors"]));
        return File.ReadAllText(work["out"]);
    }
}
