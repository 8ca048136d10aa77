using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Nothing is made outside the state root, and nothing that was planted in it is followed.</summary>
internal sealed class StateRootTests
{
    [TestCase("../x")]
    [TestCase("a/b")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("-x")]
    [TestCase("a\nb")]
    [TestCase("%")]
    [TestCase("")]
    [TestCase("/etc")]
    [TestCase("x/..")]
    [TestCase("x/")]
    [TestCase(" ")]
    [TestCase("a\\b")]
    [TestCase("\u00e9")]
    public void An_id_never_leaves_the_root(string id)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        foreach (string command in new[] { "create", "run" })
            Assert.That(runtime.Run(command, "--bundle", bundle.Path, id).ExitCode, Is.Not.Zero);
        foreach (string[] command in new string[][] { ["state"], ["start"], ["delete"], ["kill"], ["pause"], ["resume"], ["ps"],
            ["events", "--stats"], ["update", "--pids-limit", "5"], ["checkpoint"] })
            Assert.That(runtime.Run([.. command, id]).ExitCode, Is.Not.Zero, command[0]);
        Assert.That(runtime.Run("exec", id, "true").ExitCode, Is.Not.Zero);
        Assert.That(runtime.Run("restore", "--bundle", bundle.Path, id).ExitCode, Is.Not.Zero);
        runtime.Run("delete", "--force", id);
        Assert.That(Directory.GetDirectories(runtime.Work), Is.EqualTo(new[] { runtime.Root }));
    }

    [Test]
    public void An_id_of_1025_characters_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, new string('a', 1025)).ExitCode, Is.EqualTo(1));
        Assert.That(runtime.Run("delete", "--force", new string('a', 1025)).Errors, Does.Not.Contain("internal error"));
    }

    [Test]
    public void A_link_in_the_place_of_a_container_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true");
        string planted = Path.Combine(runtime.Root, "planted");
        File.CreateSymbolicLink(planted, sentinel.Path);
        runtime.Run("create", "--bundle", bundle.Path, "planted").ExpectError("container with given ID already exists");
        runtime.Run("run", "--bundle", bundle.Path, "planted").ExpectError("container with given ID already exists");
        foreach (string command in new[] { "state", "start", "delete", "kill" })
            runtime.Run(command, "planted").Expect(1);
        runtime.Run("delete", "--force", "planted");
        Assert.That(new FileInfo(planted).LinkTarget, Is.EqualTo(sentinel.Path), "not ours to remove");
        File.Delete(planted);
    }

    [Test]
    public void A_link_to_another_container_is_not_that_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId(), planted = Path.Combine(runtime.Root, "planted");
        runtime.StartContainer(id, bundle);
        File.CreateSymbolicLink(planted, id);
        foreach (string[] command in new string[][] { ["state"], ["start"], ["kill"], ["pause"], ["ps"], ["delete"],
            ["update", "--pids-limit", "5"] })
            Assert.That(runtime.Run([.. command, "planted"]).ExitCode, Is.Not.Zero, command[0]);
        Assert.That(runtime.Run("exec", "planted", "true").ExitCode, Is.Not.Zero);
        runtime.Run("delete", "--force", "planted");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        Assert.That(runtime.Run("list", "--quiet").Expect(0).Output, Is.EqualTo(id + "\n"));
        File.Delete(planted);
    }

    [Test]
    public void The_root_is_private_and_a_containers_directory_can_only_be_crossed()
    {
        using Runtime runtime = Runtime.Create();
        Directory.Delete(runtime.Root);
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("true");
        runtime.Execute(["/bin/sh", "-c", "umask 0; exec \"$@\"", "sh", .. runtime.Command("create", "--bundle", bundle.Path, id)])
            .Expect(0);
        Assert.That((Mode(runtime.Root), Mode(Path.Combine(runtime.Root, id))), Is.EqualTo((0x1C0u, 0x1C9u)));
        foreach (string file in new[] { "state.json", "lock", "exec.result" })
            Assert.That(Mode(Path.Combine(runtime.Root, id, file)), Is.EqualTo(0x180u), file);
    }

    [Test]
    public void The_pid_file_follows_no_link_and_removes_nothing()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        string pidFile = Path.Combine(runtime.Work, "pid"), id = Runtime.NewId();
        File.CreateSymbolicLink(pidFile, sentinel["secret"]);
        File.CreateSymbolicLink(Path.Combine(runtime.Work, ".pid"), sentinel["secret"]);
        runtime.Run("create", "--pid-file", pidFile, "--bundle", runtime.NewBundle("true").Path, id).Expect(0);
        Assert.That(new FileInfo(pidFile).LinkTarget, Is.Null);
        Assert.That(int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture), Is.EqualTo(runtime.Pid(id)));
        Assert.That(new FileInfo(Path.Combine(runtime.Work, ".pid")).LinkTarget, Is.EqualTo(sentinel["secret"]), "not ours to remove");
    }

    private static uint Mode(string path)
    {
        using Fd fd = Sys.OpenAt(Fd.Cwd, path, O_PATH | O_NOFOLLOW);
        return Inode.Of(fd, path).Mode;
    }
}
