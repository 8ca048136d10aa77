using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

internal sealed class PtyTests
{
    [Test]
    public void What_one_end_writes_the_other_reads() => InDevpts(root =>
    {
        using Pty pty = Pty.Open(root);
        Sys.Write(pty.Slave, "hello"u8);
        byte[] buffer = new byte[16];
        Assert.That(buffer.AsSpan(0, Sys.Read(pty.Master, buffer)).ToArray(), Is.EqualTo("hello"u8.ToArray()));
        pty.RequireSlave(pty.Slave, "slave");
    });

    [Test]
    public void Each_devpts_counts_its_own() => InDevpts(root =>
    {
        using Pty first = Pty.Open(root), second = Pty.Open(root);
        Assert.That((first.Number, second.Number), Is.EqualTo((0u, 1u)));
        Assert.That(() => first.RequireSlave(second.Slave, "slave"), Throws.TypeOf<UnexpectedInodeException>());
        Assert.That(() => first.RequireSlave(first.Master, "slave"), Throws.TypeOf<UnexpectedInodeException>());
    });

    [Test]
    public void Both_ends_are_close_on_exec_and_block() => InDevpts(root =>
    {
        using Pty pty = Pty.Open(root);
        foreach (Fd end in new[] { pty.Master, pty.Slave })
        {
            Assert.That((int)Sys.Fcntl(end, F_GETFD) & FD_CLOEXEC, Is.Not.Zero);
            Assert.That((int)Sys.Fcntl(end, F_GETFL) & O_NONBLOCK, Is.Zero);
        }
    });

    [Test]
    public void The_window_size_of_one_end_is_that_of_the_other() => InDevpts(root =>
    {
        using Pty pty = Pty.Open(root);
        Assert.That(Sys.TrySetWindowSize(pty.Master, new() { ws_row = 3, ws_col = 4 }).Errno, Is.Zero);
        Assert.That(Sys.TryGetWindowSize(pty.Slave, out winsize size), Is.True);
        Assert.That((size.ws_row, size.ws_col), Is.EqualTo((3, 4)));
    });

    [Test]
    public void Without_a_devpts_there_is_none() => InDevptsAt((path, root) =>
    {
        Sys.TryUmount(Path.Combine(path, "dev/pts"), MNT_DETACH);
        Assert.That(() => Pty.Open(root), Throws.TypeOf<UnexpectedInodeException>().With.Message.Contains("not a devpts"));
        Directory.Delete(Path.Combine(path, "dev/pts"));
        Assert.That(() => Pty.Open(root), Throws.TypeOf<SysException>());
    });

    [Test]
    public void A_multiplexer_that_something_was_bound_over_is_refused() => InDevptsAt((path, root) =>
    {
        string ptmx = Path.Combine(path, "dev/pts/ptmx");
        using Tree tree = Tree.Clone(Fd.Cwd, "/dev/null", recursive: false);
        using (Fd place = Sys.OpenAt(Fd.Cwd, ptmx, O_PATH))
            tree.AttachTo(place);
        Assert.That(() => Pty.Open(root), Throws.TypeOf<SysException>().With.Property("Errno").EqualTo(EXDEV));
    });

    [Test]
    public void A_slave_in_place_of_the_directory_is_refused() => InDevptsAt((path, root) =>
    {
        Sys.TryUmount(Path.Combine(path, "dev/pts"), MNT_DETACH);
        Directory.Delete(Path.Combine(path, "dev/pts"));
        File.WriteAllText(Path.Combine(path, "dev/pts"), "");
        Assert.That(() => Pty.Open(root), Throws.TypeOf<SysException>());
    });

    private static void InDevpts(Action<Root> test) => InDevptsAt((_, root) => test(root));

    /// <summary>A directory with a devpts of its own at dev/pts, in a mount namespace of its own.</summary>
    private static void InDevptsAt(Action<string, Root> test) => MountNamespace.Run(() =>
    {
        using TemporaryDirectory directory = new();
        string pts = directory["dev/pts"];
        Directory.CreateDirectory(pts);
        using (Tree tree = Tree.Create("devpts", "devpts", ["newinstance", "ptmxmode=0666"], 0))
        using (Fd place = Sys.OpenAt(Fd.Cwd, pts, O_PATH))
            tree.AttachTo(place);
        try
        {
            using Root root = new(Sys.OpenAt(Fd.Cwd, directory.Path, O_PATH | O_DIRECTORY));
            test(directory.Path, root);
        }
        finally
        {
            Sys.TryUmount(pts, MNT_DETACH);
        }
    });
}
