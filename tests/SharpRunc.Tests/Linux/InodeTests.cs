using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

internal sealed class InodeTests
{
    [Test]
    public void The_null_device_is_the_character_device_1_3()
    {
        using Fd fd = Sys.OpenAt(Fd.Cwd, "/dev/null", O_PATH);
        Assert.That(() => Inode.Of(fd, "/dev/null").RequireCharDevice(1, 3), Throws.Nothing);
        Assert.That(() => Inode.Of(fd, "/dev/null").RequireCharDevice(1, 5),
            Throws.TypeOf<UnexpectedInodeException>().With.Message.Contains("1:5"));
        Assert.That(() => Inode.Of(fd, "/dev/null").RequireDirectory(), Throws.TypeOf<UnexpectedInodeException>());
    }

    [Test]
    public void A_link_to_the_null_device_is_a_link()
    {
        using TemporaryDirectory work = new();
        File.CreateSymbolicLink(work["null"], "/dev/null");
        using Fd fd = Sys.OpenAt(Fd.Cwd, work["null"], O_PATH | O_NOFOLLOW);
        Inode inode = Inode.Of(fd, "null");
        Assert.That(inode.IsLink, Is.True);
        Assert.That(() => inode.RequireCharDevice(1, 3), Throws.TypeOf<UnexpectedInodeException>());
    }

    [Test]
    public void A_file_and_another_device_are_not_the_null_device()
    {
        using TemporaryDirectory work = new();
        File.WriteAllText(work["null"], "");
        foreach (string path in new[] { work["null"], work.Path, "/dev/zero" })
        {
            using Fd fd = Sys.OpenAt(Fd.Cwd, path, O_PATH);
            Assert.That(() => Inode.Of(fd, path).RequireCharDevice(1, 3), Throws.TypeOf<UnexpectedInodeException>(), path);
        }
    }
}
