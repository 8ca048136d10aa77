using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A mount is what it shall be before anyone can see it.</summary>
internal sealed class TreeTests
{
    [Test]
    public void Attributes_are_set_before_the_tree_is_visible()
    {
        MountNamespace.Run(() =>
        {
            using TemporaryDirectory work = new();
            using Tree tree = Tree.Clone(Fd.Cwd, work.Path, recursive: false);
            tree.Set(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, 0);
            Assert.That(Line(work.Path), Is.Null, "still detached");
            Assert.That(() => Sys.OpenAt(tree.Fd, "file", O_WRONLY | O_CREAT, 0x1A4), Throws.TypeOf<SysException>().With.Property("Errno")
                .EqualTo(EROFS));
            using Fd target = Sys.OpenAt(Fd.Cwd, work.Path, O_PATH);
            tree.AttachTo(target);
            Assert.That(Line(work.Path)!.Split(' ')[5], Is.EqualTo("ro,nosuid,nodev,noexec,relatime"));
            Sys.TryUmount(work.Path, MNT_DETACH);
        });
    }

    [Test]
    public void Attributes_can_be_set_of_all_that_is_in_the_tree()
    {
        MountNamespace.Run(() =>
        {
            using TemporaryDirectory work = new();
            Attach(Tree.Create("tmpfs", "outer", [], 0), work.Path);
            Directory.CreateDirectory(work["inner"]);
            Attach(Tree.Create("tmpfs", "inner", [], 0), work["inner"]);
            using (Tree tree = Tree.Clone(Fd.Cwd, work.Path, recursive: true))
            {
                tree.Set(MOUNT_ATTR_RDONLY, 0);
                Sys.MkdirAt(tree.Fd, "inner/a", 0x1C0);
                tree.Set(MOUNT_ATTR_RDONLY, 0, recursive: true);
                Assert.That(() => Sys.MkdirAt(tree.Fd, "inner/b", 0x1C0), Throws.TypeOf<SysException>().With.Property("Errno")
                    .EqualTo(EROFS));
            }
            Sys.TryUmount(work["inner"], MNT_DETACH);
            Sys.TryUmount(work.Path, MNT_DETACH);
        });
    }

    [Test]
    public void A_file_system_gets_its_options()
    {
        MountNamespace.Run(() =>
        {
            using Tree tree = Tree.Create("tmpfs", "shown", ["size=8192", "mode=711", "nr_inodes=10"], MOUNT_ATTR_NOEXEC);
            Assert.That(Inode.Of(tree.Fd, "tmpfs").Mode, Is.EqualTo(0x1C9));
            statfs facts = Sys.Fstatfs(tree.Fd);
            Assert.That(facts.f_blocks, Is.EqualTo(2));
            Assert.That(facts.f_flags & 8, Is.EqualTo(8), "ST_NOEXEC");
        });
    }

    [TestCase("no-such-type", null, "fsopen", ENODEV)]
    [TestCase("tmpfs", "no-such-option", "fsconfig", EINVAL)]
    [TestCase("tmpfs", "size=nonsense", "fsconfig", EINVAL)]
    public void A_refusal_names_the_call(string type, string? option, string call, int errno)
    {
        MountNamespace.Run(() =>
        {
            SysException e = Assert.Throws<SysException>(() => Tree.Create(type, null, option is null ? [] : new[] { option }, 0))!;
            Assert.That((e.Call, e.Errno), Is.EqualTo((call, errno)));
            if (option is not null)
                Assert.That(e.Message, Does.Contain(option.Split('=')[0]));
        });
    }

    [Test]
    public void A_source_that_is_missing_is_named()
    {
        SysException e = Assert.Throws<SysException>(() => Tree.Clone(Fd.Cwd, "/no/such/source", recursive: true))!;
        Assert.That((e.Call, e.Subject, e.Errno), Is.EqualTo(("open_tree", "/no/such/source", ENOENT)));
    }

    private static void Attach(Tree tree, string path)
    {
        using (tree)
        using (Fd target = Sys.OpenAt(Fd.Cwd, path, O_PATH))
            tree.AttachTo(target);
    }

    private static string? Line(string mountPoint)
        => Array.Find(File.ReadAllLines("/proc/thread-self/mountinfo"), line => line.Split(' ')[4] == mountPoint);
}
