using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Nothing that is named below a root is ever found, or made, outside it.</summary>
internal sealed class RootTests
{
    private TemporaryDirectory work = null!;
    private Root root = null!;

    private string Inside => work["root"];

    [SetUp]
    public void MakeRoot()
    {
        work = new();
        Directory.CreateDirectory(Inside);
        Directory.CreateDirectory(work["outside"]);
        File.WriteAllText(Path.Combine(work["outside"], "file"), "host");
        root = OpenRoot();
    }

    [TearDown]
    public void RemoveRoot()
    {
        root.Dispose();
        Assert.That(Directory.GetFileSystemEntries(work["outside"]), Has.Length.EqualTo(1), "nothing is made outside");
        Assert.That(Directory.GetFileSystemEntries(work.Path), Has.Length.EqualTo(2), "nothing is made beside the root");
        Assert.That(File.ReadAllText(Path.Combine(work["outside"], "file")), Is.EqualTo("host"));
        work.Dispose();
    }

    [TestCase("/a")]
    [TestCase("a")]
    [TestCase("//a")]
    [TestCase("/../../../a")]
    [TestCase("/b/../a")]
    [TestCase("/b/../../a/.")]
    public void Every_spelling_leads_below_the_root(string path)
    {
        Directory.CreateDirectory(At("a"));
        Directory.CreateDirectory(At("b"));
        using Fd? found = root.Find(path);
        AssertIs(found, "a");
    }

    [Test]
    public void The_root_itself_is_found()
    {
        foreach (string path in new[] { "/", "", ".", "..", "/../.." })
            using (Fd? found = root.Find(path))
                AssertIs(found, "");
    }

    [Test]
    public void An_absolute_link_begins_at_the_root()
    {
        Directory.CreateDirectory(At("etc"));
        File.WriteAllText(At("etc/passwd"), "mine");
        Link("link", "/etc/passwd");
        using Fd file = root.Open("/link", O_RDONLY);
        Assert.That(Sys.ReadAll(file), Is.EqualTo("mine"u8.ToArray()));
    }

    [Test]
    public void A_link_that_climbs_stays_below_the_root()
    {
        Link("link", "../../../../../outside");
        Assert.That(root.Find("/link/file"), Is.Null);
        Link("host", work["outside"]);
        Assert.That(root.Find("/host/file"), Is.Null);
    }

    [Test]
    public void What_is_not_there_is_null()
    {
        File.WriteAllText(At("file"), "");
        Assert.That(root.Find("/missing/too"), Is.Null);
        Assert.That(root.Find("/file/below"), Is.Null);
        Assert.That(root.TryOpen("/missing", O_RDONLY), Is.Null);
    }

    [Test]
    public void A_dangling_links_target_is_made_inside()
    {
        Link("host", Path.Combine(work["outside"], "made"));
        using (Fd made = root.MakeDirectory("/host/deep"))
            AssertIs(made, Path.Combine(work["outside"], "made/deep")[1..]);
        Link("resolv.conf", "../run/systemd/resolv.conf");
        using (Fd made = root.MakeFile("/resolv.conf"))
            AssertIs(made, "run/systemd/resolv.conf");
        Assert.That(new FileInfo(At("run/systemd/resolv.conf")).Length, Is.Zero);
    }

    [Test]
    public void Two_dots_in_a_link_go_back_to_where_we_came_from()
    {
        Directory.CreateDirectory(At("a/b"));
        Link("a/b/up", "../../../../c/./d");
        using Fd made = root.MakeDirectory("/a/b/up/e");
        AssertIs(made, "c/d/e");
    }

    [Test]
    public void Forty_links_are_followed_and_more_are_not()
    {
        Chain(40);
        using (Fd made = root.MakeDirectory("/l40"))
            AssertIs(made, "l0");
        Directory.Delete(At("l0"));
        Link("l41", "l40");
        Assert.That(() => root.MakeDirectory("/l41"), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(ELOOP));
    }

    [Test]
    public void A_link_to_itself_is_refused()
    {
        Link("self", "self");
        Assert.That(() => root.Find("/self"), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(ELOOP));
        Assert.That(() => root.MakeDirectory("/self/a"), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(ELOOP));
        Assert.That(() => root.MakeFile("/self"), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(ELOOP));
    }

    [Test]
    public void What_exists_is_not_made_again()
    {
        File.WriteAllText(At("file"), "kept");
        using (Fd file = root.MakeFile("/file"))
            AssertIs(file, "file");
        Assert.That(File.ReadAllText(At("file")), Is.EqualTo("kept"));
        Directory.CreateDirectory(At("directory/inner"));
        using Fd directory = root.MakeDirectory("/directory");
        AssertIs(directory, "directory");
        Assert.That(Directory.Exists(At("directory/inner")), Is.True);
    }

    [Test]
    public void A_file_is_no_directory()
    {
        File.WriteAllText(At("file"), "");
        Link("link", "file");
        foreach (string path in new[] { "/file", "/file/below", "/link", "/link/below", "/new/../file" })
            Assert.That(() => root.MakeDirectory(path), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(ENOTDIR), path);
    }

    [Test]
    public void Without_links_nothing_that_a_link_leads_to_is_found()
    {
        Directory.CreateDirectory(At("dir"));
        Link("link", "dir");
        Link("away", "nowhere");
        using (Fd? found = root.FindReal("/dir/../dir", O_DIRECTORY, out _))
            AssertIs(found!, "dir");
        foreach ((string path, int errno) in new[] { ("/link", ELOOP), ("/link/x", ELOOP), ("/away", ELOOP), ("/new/x", ENOENT) })
        {
            Assert.That(root.FindReal(path, O_DIRECTORY, out SysError error), Is.Null, path);
            Assert.That(error.Errno, Is.EqualTo(errno), path);
        }
    }

    [Test]
    public void Magic_links_are_refused_and_their_text_is_not_taken_for_a_path()
    {
        MountNamespace.Run(() =>
        {
            using Root root = OpenRoot();
            Directory.CreateDirectory(At("proc"));
            using Tree proc = Tree.Create("proc", null, [], 0);
            using (Fd target = root.Find("/proc")!)
                proc.AttachTo(target);
            Link("link", "proc/self/root");
            foreach (string path in new[] { "/proc/self/root", "/proc/self/cwd", "/proc/self/fd/0", "/proc/1/root", "/link" })
            {
                Assert.That(() => root.Find(path), Throws.TypeOf<SysException>(), path);
                Assert.That(() => root.Open(path, O_RDONLY), Throws.TypeOf<SysException>(), path);
                Assert.That(root.TryOpen(path, O_RDONLY), Is.Null, path);
                Assert.That(() => root.MakeDirectory(path + "/a"), Throws.TypeOf<SysException>(), path);
                Assert.That(() => root.MakeDirectory("/new/.." + path + "/a"), Throws.TypeOf<SysException>(), path);
                Assert.That(() => root.MakeFile("/new2/.." + path + "/a"), Throws.TypeOf<SysException>(), path);
            }
        });
        Assert.That(Directory.GetFileSystemEntries(Inside), Is.SubsetOf(new[] { At("proc"), At("link"), At("new"), At("new2") }));
    }

    [Test]
    public void A_path_may_cross_a_mount()
    {
        MountNamespace.Run(() =>
        {
            using Root root = OpenRoot();
            Directory.CreateDirectory(At("mnt"));
            using Tree tmpfs = Tree.Create("tmpfs", null, [], 0);
            using (Fd target = root.Find("/mnt")!)
                tmpfs.AttachTo(target);
            root.MakeDirectory("/mnt/a/../../mnt/b").Dispose();
            Assert.That(Sys.Exists(tmpfs.Fd, "b"), Is.True);
        });
        Assert.That(Directory.GetFileSystemEntries(At("mnt")), Is.Empty);
    }

    private Root OpenRoot() => new(Sys.OpenAt(Fd.Cwd, Inside, O_PATH | O_DIRECTORY));

    private string At(string path) => Path.Combine(Inside, path);

    private void Link(string name, string target) => File.CreateSymbolicLink(At(name), target);

    private void Chain(int links)
    {
        for (int i = 1; i <= links; i++)
            Link($"l{i}", $"l{i - 1}");
    }

    private void AssertIs(Fd? found, string path)
    {
        Assert.That(found, Is.Not.Null);
        using Fd expected = Sys.OpenAt(Fd.Cwd, At(path), O_PATH | O_NOFOLLOW);
        Assert.That(Inode.Of(found!, path).Number, Is.EqualTo(Inode.Of(expected, path).Number), path);
    }
}
