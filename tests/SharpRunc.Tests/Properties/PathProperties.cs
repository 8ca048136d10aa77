using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Properties;

/// <summary>Paths: as text, and below a root on the real kernel, in a mount namespace of the test's own.</summary>
internal sealed class PathProperties
{
    private static readonly string[] Names = ["a", "b", "c", "link", "loop", "up", "host", "proc", "proc/self", "proc/self/root",
        "proc/self/cwd", "proc/self/fd/0", "proc/1/root", "proc/thread-self/fd", "..", "..", ".", "", "new", "é", " "];

    private static string Path(Dice dice, int most) => (dice.Once(2) ? "/" : "") + string.Join('/', dice.Many(most, () => dice.Of(Names)));

    [Test]
    public void However_a_path_is_cleaned_it_stays_below_the_root() => Dice.Roll(20_000, dice =>
    {
        string path = dice.Once(3) ? dice.Text(12, "/", "/", "..", ".", "a", "b", "...", " ", "\\") : Path(dice, 10);
        string expected = System.IO.Path.GetFullPath("/" + path).TrimEnd('/');
        string clean = LexicalPath.Clean(path);
        if (clean.TrimEnd('/') != expected || LexicalPath.Clean(clean) != clean)
            Assert.Fail($"{path} is {clean}");
    });

    [Test]
    public void No_cgroupsPath_leads_out_of_the_hierarchy_or_to_its_root() => Dice.Roll(5_000, dice =>
    {
        Hierarchy hierarchy = Cgroups.Layouts.V2.Hierarchies[0];
        try
        {
            string found = CgroupPath.In(hierarchy, CgroupKind.V2, Path(dice, 6), "id");
            if (found.Length == 0 || found.Split('/').Any(name => name is "" or "." or ".."))
                Assert.Fail(found);
        }
        catch (Core.ContainerException e) when (e.Pointer == "/linux/cgroupsPath")
        {
        }
    });

    [Test]
    public void No_path_through_any_links_is_found_or_made_outside_the_root()
    {
        using TemporaryDirectory work = new();
        Directory.CreateDirectory(work["root"]);
        Directory.CreateDirectory(work["outside"]);
        File.WriteAllText(work["outside/file"], "host");
        int done = 0;
        MountNamespace.Run(() => Dice.Roll(300, dice =>
        {
            using Tree tree = Tree.Create("tmpfs", null, [], 0), proc = Tree.Create("proc", null, [], 0);
            using Root root = new(tree.Fd);
            using (Fd target = Sys.OpenAt(Fd.Cwd, work["root"], O_PATH | O_DIRECTORY))
                tree.AttachTo(target);
            Directory.CreateDirectory(work["root/proc"]);
            using (Fd target = root.Find("/proc")!)
                proc.AttachTo(target);
            HashSet<ulong> inside = [Inode.Of(tree.Fd, "root").MountId, Inode.Of(proc.Fd, "proc").MountId];
            Furnish(dice, work);
            for (int i = 0; i < 40; i++, done++)
                try
                {
                    using Fd? found = Act(dice, root, Path(dice, 7));
                    if (found is not null && !inside.Contains(Inode.Of(found, "found").MountId))
                        Assert.Fail("outside");
                }
                catch (SysException)
                {
                }
            Sys.TryUmount(work["root/proc"], MNT_DETACH);
            Sys.TryUmount(work["root"], MNT_DETACH);
        }));
        Assert.That(done, Is.EqualTo(300 * 40));
        Assert.That(Directory.GetFileSystemEntries(work["outside"]), Is.EqualTo(new[] { work["outside/file"] }));
        Assert.That(File.ReadAllText(work["outside/file"]), Is.EqualTo("host"));
        Assert.That(Directory.GetFileSystemEntries(work["root"]), Is.Empty);
    }

    /// <summary>Directories, files, and links that lead up, around, to the host and into procfs.</summary>
    private static void Furnish(Dice dice, TemporaryDirectory work)
    {
        foreach (string directory in new[] { "a", "a/b", "c" })
            Directory.CreateDirectory(work["root/" + directory]);
        File.WriteAllText(work["root/a/file"], "");
        foreach (string at in new[] { "link", "loop", "up", "a/link", "a/b/up", "c/host", "host" })
            File.CreateSymbolicLink(work["root/" + at],
                dice.Of(work["outside"], "../../../../../.." + work["outside"], "/proc/self/root" + work["outside"], "/proc/self/cwd",
                    "loop", "/host", "../up", Path(dice, 5), Path(dice, 5)) is { Length: > 0 } target ? target : ".");
    }

    private static Fd? Act(Dice dice, Root root, string path) => dice.Below(6) switch
    {
        0 => root.Find(path),
        1 => root.TryOpen(path, O_RDONLY),
        2 => root.MakeDirectory(path),
        3 => root.MakeFile(path),
        4 => root.FindReal(path, O_DIRECTORY, out _),
        _ => root.MakeRealDirectory(path),
    };
}
