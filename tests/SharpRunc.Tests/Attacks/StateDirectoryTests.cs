using System.IO;
using NUnit.Framework;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Tests.Attacks;

/// <summary>A container that is root of the host may write to the directory of its notify socket, which is in its state directory.</summary>
internal sealed class StateDirectoryTests
{
    [Test]
    public void A_tree_of_any_depth_in_the_notify_directory_is_deleted_with_the_container([Values] bool longNames)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.Run("create", "-b", Bundle.Create("sleep", "1000").Write().Path, id).Expect(0);
        string state = Path.Combine(runtime.Root, id);
        Directory.CreateDirectory(Path.Combine(state, ContainerDirectory.Notify));
        File.WriteAllText(Path.Combine(state, ContainerDirectory.Notify, "moved.0"), "taken");
        MakeDeep(Path.Combine(state, ContainerDirectory.Notify), longNames ? new string('d', 255) : "d", 3000);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.Exists(state), Is.False);
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
