using System.IO;
using NUnit.Framework;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A container that is root of the host may write to the directory of its notify socket, which is in its state directory.
/// </summary>
internal sealed class StateDirectoryTests
{
    [Test]
    public void A_tree_of_any_depth_in_the_notify_directory_is_deleted_with_the_container([Values] bool longNames)
    {
        using Runtime runtime = Runtime.Create();
        string id = Create(runtime, out string notify);
        File.WriteAllText(Path.Combine(notify, "moved.0"), "taken");
        Directory.CreateDirectory(Path.Combine(notify, "moved.1", "below"));
        MakeDeep(notify, longNames ? new string('d', 255) : "d", 3000);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
    }

    /// <summary>Their names alone would fill the runtime's heap.</summary>
    [Test]
    public void So_is_one_of_any_width()
    {
        using Runtime runtime = Runtime.Create();
        string id = Create(runtime, out string notify);
        string wide = Directory.CreateDirectory(Path.Combine(notify, "d")).FullName;
        using (Fd directory = Sys.OpenAt(Fd.Cwd, wide, O_PATH | O_DIRECTORY))
            for (int i = 0; i < 100_000; i++)
                Sys.OpenAt(directory, i.ToString().PadLeft(255, 'x'), O_WRONLY | O_CREAT, Modes.O644).Dispose();
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
    }

    [Test]
    public void Links_and_odd_names_go_and_what_they_lead_to_stays()
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory elsewhere = new();
        string id = Create(runtime, out string notify), kept = elsewhere["kept"];
        File.WriteAllText(kept, "kept");
        File.CreateSymbolicLink(Path.Combine(notify, "file"), kept);
        Directory.CreateSymbolicLink(Path.Combine(notify, "directory"), elsewhere.Path);
        string below = Directory.CreateDirectory(Path.Combine(notify, "d", "e\n")).FullName;
        Directory.CreateSymbolicLink(Path.Combine(below, "..x"), elsewhere.Path);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That((Directory.Exists(Path.Combine(runtime.Root, id)), File.ReadAllText(kept)), Is.EqualTo((false, "kept")));
    }

    /// <summary>A mount there is what it takes: nothing is deleted in what is mounted, and the next delete finds the container.</summary>
    [Test]
    public void While_something_cannot_be_removed_the_container_stays_and_can_be_deleted_later()
    {
        using Runtime runtime = Runtime.Create();
        string id = Create(runtime, out string notify);
        string place = Directory.CreateDirectory(Path.Combine(notify, "d", "e")).FullName;
        using (Tree tree = Tree.Create("tmpfs", "tmpfs", [], 0))
        using (Fd target = Sys.OpenAt(Fd.Cwd, place, O_PATH | O_DIRECTORY))
            tree.AttachTo(target);
        try
        {
            File.WriteAllText(Path.Combine(place, "kept"), "kept");
            runtime.Run("delete", "--force", id).ExpectError("notify/d/e: device or resource busy");
            Assert.That(runtime.Run("list", "--quiet").Output.Trim(), Is.EqualTo(id));
            Assert.That(File.ReadAllText(Path.Combine(place, "kept")), Is.EqualTo("kept"));
        }
        finally
        {
            Sys.TryUmount(place, MNT_DETACH);
        }
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(Path.Combine(runtime.Root, id)), Is.False);
    }

    private static string Create(Runtime runtime, out string notify)
    {
        string id = Runtime.NewId();
        runtime.Run("create", "-b", Bundle.Create("sleep", "1000").Write().Path, id).Expect(0);
        notify = Directory.CreateDirectory(Path.Combine(runtime.Root, id, ContainerDirectory.Notify)).FullName;
        return id;
    }

    /// <summary>With a file beside each directory. A path to the last one would be too long for any call.</summary>
    private static void MakeDeep(string top, string name, int depth)
    {
        Fd at = Sys.OpenAt(Fd.Cwd, top, O_PATH | O_DIRECTORY);
        for (int i = 0; i < depth; i++)
        {
            Sys.MkdirAt(at, name, Modes.O755);
            Sys.OpenAt(at, "file", O_WRONLY | O_CREAT, Modes.O644).Dispose();
            Fd below = Sys.OpenAt(at, name, O_PATH | O_DIRECTORY);
            at.Dispose();
            at = below;
        }
        at.Dispose();
    }
}
