using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A file is read to its end, whatever size the kernel reports.</summary>
internal sealed class ReadAllTests
{
    [TestCase(0)]
    [TestCase(1)]
    [TestCase(4095)]
    [TestCase(4096)]
    [TestCase(4097)]
    [TestCase(8191)]
    [TestCase(8192)]
    [TestCase(8193)]
    [TestCase(100_000)]
    [TestCase(3_000_000)]
    public void Every_byte_of_a_file_is_read(int length)
    {
        using TemporaryDirectory directory = new();
        byte[] bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        File.WriteAllBytes(directory["file"], bytes);
        using Fd file = Sys.OpenAt(Fd.Cwd, directory["file"], O_RDONLY);
        Assert.That(Sys.ReadAll(file), Is.EqualTo(bytes));
    }

    [Test]
    public void A_long_file_of_procfs_has_no_size_and_is_read_to_its_end()
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, "/proc/self/smaps", O_RDONLY);
        string text = System.Text.Encoding.ASCII.GetString(Sys.ReadAll(file));
        Assert.That(text, Has.Length.GreaterThan(20_000).And.Contains("[vsyscall]").Or.Contains("[stack]"));
    }

    [TestCase(100, 99)]
    [TestCase(10_000, 9_999)]
    public void A_file_beyond_the_limit_is_refused(int length, int limit)
    {
        using TemporaryDirectory directory = new();
        File.WriteAllBytes(directory["file"], new byte[length]);
        using Fd file = Sys.OpenAt(Fd.Cwd, directory["file"], O_RDONLY);
        Assert.That(() => Sys.ReadAll(file, "file", limit), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(EFBIG));
        using Fd again = Sys.OpenAt(Fd.Cwd, directory["file"], O_RDONLY);
        Assert.That(Sys.ReadAll(again, "file", length), Has.Length.EqualTo(length));
    }
}
