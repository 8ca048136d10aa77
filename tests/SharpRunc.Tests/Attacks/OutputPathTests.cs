using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>Paths that the caller names for us to write to, where another user made a link: protected_symlinks may be off.</summary>
internal sealed class OutputPathTests
{
    private static readonly (string Mode, uint Owner)[] Places = [("755", 1000), ("777", 0), ("1777", 0)];

    [Test]
    public void Nothing_is_made_or_changed_through_another_users_link(
        [Values("create --pid-file", "exec --pid-file", "--log", "spec --bundle", "seccomp compile --output", "--root",
            "checkpoint --image-path", "checkpoint --work-path")] string what,
        [ValueSource(nameof(Places))] (string Mode, uint Owner) place)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel victim = new();
        string link = Link(runtime, place.Mode, place.Owner, victim.Path), id = Runtime.NewId();
        FakeCriu criu = new(runtime);
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.StartContainer(id, bundle);
        string[] command = what switch
        {
            "create --pid-file" => runtime.Command("create", "--bundle", bundle.Path, "--pid-file", link + "/secret", Runtime.NewId()),
            "exec --pid-file" => runtime.Command("exec", "--pid-file", link + "/secret", id, "true"),
            "--log" => runtime.Command("--log", link + "/secret", "state", "missing"),
            "spec --bundle" => runtime.Command("spec", "--bundle", link),
            "seccomp compile --output" => runtime.Command("seccomp", "compile", "--output", link + "/secret", Profile(runtime)),
            "--root" => [runtime.Program, "--root", link + "/new/root", "run", "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()],
            "checkpoint --image-path" => runtime.Command("checkpoint", "--leave-running", "--image-path", link + "/new/images", id),
            _ => runtime.Command("checkpoint", "--leave-running", "--image-path", Path.Combine(runtime.Work, "images"), "--work-path",
                link + "/new/work", id),
        };
        Result result = runtime.Execute(command, environment: criu.Environ);
        Assert.That(result.ExitCode, Is.Not.Zero, result.Errors);
        Assert.That(result.Errors, Does.Contain("belongs to user 1000").Or.Contain("can be written to by other users"));
        Assert.That(victim.Changes(), Is.Null);
        Assert.That(Directory.GetDirectories(runtime.Root), Has.Length.EqualTo(1));
        Assert.That(Directory.Exists(Path.Combine(runtime.Work, "images")), Is.False, "what was made is taken back");
    }

    [Test]
    public void Another_users_link_in_the_place_of_a_log_is_not_followed([ValueSource(nameof(Places))] (string Mode, uint Owner) place)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel victim = new();
        string link = Link(runtime, place.Mode, place.Owner, victim["secret"]);
        runtime.Run("--log", link, "state", "missing").ExpectError("the log " + link + " belongs to user 1000");
        runtime.Execute(["/bin/chown", "-h", "0", link]).Expect(0);
        if (place.Mode != "1777") // a link of root's that another user may have moved there
            runtime.Run("--log", link, "state", "missing").ExpectError("the directory of the log");
        Assert.That(victim.Changes(), Is.Null);
    }

    /// <summary>A directory of root's may be what root of a container made in a volume of the user's.</summary>
    [Test]
    public void A_link_of_roots_is_not_followed_in_a_directory_that_another_user_may_have_moved(
        [Values("create --pid-file", "--log", "spec --bundle", "seccomp compile --output", "--root")] string what,
        [Values("755", "775")] string mode)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel victim = new();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, link = Path.Combine(place, "moved/d/x");
        Directory.CreateDirectory(Path.Combine(place, "moved/d"));
        File.CreateSymbolicLink(link, victim.Path);
        PlaceTests.Give(place, mode, mode == "755" ? 1000u : 0, 1000);
        string[] command = what switch
        {
            "create --pid-file" => runtime.Command("create", "--bundle", runtime.NewBundle("true").Path, "--pid-file", link + "/secret",
                Runtime.NewId()),
            "--log" => runtime.Command("--log", link + "/secret", "state", "missing"),
            "spec --bundle" => runtime.Command("spec", "--bundle", link),
            "seccomp compile --output" => runtime.Command("seccomp", "compile", "--output", link + "/secret", Profile(runtime)),
            _ => [runtime.Program, "--root", link + "/new/root", "run", "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()],
        };
        runtime.Execute(command).ExpectError($"a directory above {Name(what)}, {place} ");
        Assert.That(victim.Changes(), Is.Null);
        if (what != "--log")
            return;
        File.Delete(link);
        File.CreateSymbolicLink(link, victim["secret"]);
        runtime.Run("--log", link, "state", "missing").ExpectError($"a directory above the log, {place} ");
        Assert.That(victim.Changes(), Is.Null);
    }

    /// <summary>As an engine of an ordinary user calls it: there the host's root and its other users are the same nobody.</summary>
    [Test]
    public void In_a_user_namespace_no_link_of_nobodys_is_followed_in_tmp()
    {
        using Runtime runtime = Runtime.CreateForUser();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, link = Path.Combine(place, "x");
        string home = Directory.CreateDirectory(Path.Combine(runtime.Work, "home")).FullName, victim = Path.Combine(home, "victim");
        File.WriteAllText(victim, "own");
        runtime.User!.Own(home);
        PlaceTests.Give(place, "1777", 0, 0);
        File.CreateSymbolicLink(link, victim);
        runtime.Execute(["/bin/chown", "-h", "1000", link]).Expect(0);
        string[] command = [runtime.Program, "--root", runtime.Root, "--log", link, "list"];
        runtime.Execute(runtime.User.Command(["/usr/bin/unshare", "--user", "--map-root-user", .. command]))
            .ExpectError($"the log {link} belongs to user 65534");
        Assert.That(File.ReadAllText(victim), Is.EqualTo("own"));
    }

    private static string Name(string what) => what switch
    {
        "create --pid-file" => "the pid file",
        "--log" => "the log",
        "spec --bundle" => "config.json",
        "seccomp compile --output" => "--output",
        _ => "the state root",
    };

    /// <summary>protected_hardlinks may be off.</summary>
    [Test]
    public void A_second_name_of_a_file_is_not_written_to([ValueSource(nameof(Places))] (string Mode, uint Owner) place)
    {
        using Runtime runtime = Runtime.Create();
        string shared = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, name = Path.Combine(shared, "x");
        string victim = Path.Combine(runtime.Work, "victim"), profile = Profile(runtime);
        File.WriteAllText(victim, "secret");
        runtime.Execute(["/bin/ln", victim, name]).Expect(0);
        PlaceTests.Give(shared, place.Mode, place.Owner, 0);
        runtime.Run("--log", name, "state", "missing").ExpectError($"the log {name} has another name");
        runtime.Run("seccomp", "compile", "--output", name, profile).ExpectError($"--output {name} has another name");
        Assert.That(File.ReadAllText(victim), Is.EqualTo("secret"));
        File.Delete(victim);
        runtime.Run("seccomp", "compile", "--output", name, profile).Expect(0);
        Assert.That(File.ReadAllText(name), Does.Not.Contain("secret"));
    }

    [Test]
    public void A_link_of_the_callers_is_followed_to_a_log_a_pid_file_and_a_state_root()
    {
        using Runtime runtime = Runtime.Create();
        string target = Directory.CreateDirectory(Path.Combine(runtime.Work, "target")).FullName, id = Runtime.NewId();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, link = Path.Combine(place, "x");
        File.CreateSymbolicLink(link, "../target/./");
        PlaceTests.Give(place, "1777", 0, 0);
        string[] command = ["--root", link + "/root", "--log", link + "/log"];
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.Execute([runtime.Program, .. command, "create", "--pid-file", link + "/pid", "--bundle", bundle.Path, id]).Expect(0);
        Assert.That(File.Exists(Path.Combine(target, "log")) && Directory.Exists(Path.Combine(target, "root", id)));
        int pid = int.Parse(File.ReadAllText(Path.Combine(target, "pid")), CultureInfo.InvariantCulture);
        runtime.Execute([runtime.Program, .. command, "delete", "--force", id]).Expect(0);
        Child.Reap(pid);
    }

    /// <summary>The terminal or the pidfd would go to a listener of root's that was not meant.</summary>
    [TestCase("--console-socket", "the console socket")]
    [TestCase("--pidfd-socket", "the pidfd socket")]
    public void A_socket_is_not_reached_through_another_users_link(string flag, string name)
    {
        using Runtime runtime = Runtime.Create();
        string real = Directory.CreateDirectory(Path.Combine(runtime.Work, "real")).FullName;
        using Fd directory = Sys.OpenAt(Fd.Cwd, real, O_PATH | O_DIRECTORY), listener = UnixSocket.Bind(directory, "s", SOCK_STREAM);
        string link = Link(runtime, "755", 1000, real);
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["terminal"] = flag == "--console-socket";
        runtime.Run("create", flag, link + "/s", "--bundle", bundle.Write().Path, Runtime.NewId())
            .ExpectError($"the link above {name}, {link} belongs to user 1000");
    }

    [TestCase("1777", 0u), TestCase("777", 0u), TestCase("755", 1000u), TestCase("700", 0u)]
    public void A_pid_file_replaces_nothing_but_a_file_that_is_ours(string mode, uint owner)
    {
        using Runtime runtime = Runtime.Create();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, pidFile = Path.Combine(place, "pid");
        File.WriteAllText(Path.Combine(place, ".pid"), "somebody else's");
        runtime.Execute(["/bin/chown", "1000", Path.Combine(place, ".pid")]).Expect(0);
        PlaceTests.Give(place, mode, owner, 0);
        foreach (string name in (string[])["free", "root's own"])
        {
            string id = Runtime.NewId();
            string[] command = runtime.Command("create", "--pid-file", "pid", "--bundle", runtime.NewBundle("true").Path, id);
            runtime.Execute(command, directory: place).Expect(0);
            Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{runtime.Pid(id)}"), name);
        }
        if (mode[^1] == '7')
        {
            File.WriteAllText(pidFile, "theirs");
            runtime.Execute(["/bin/chown", "1000", pidFile]).Expect(0);
            runtime.Run("create", "--pid-file", pidFile, "--bundle", runtime.NewBundle("true").Path, Runtime.NewId())
                .ExpectError($"the pid file {pidFile} belongs to user 1000");
            Assert.That(File.ReadAllText(pidFile), Is.EqualTo("theirs"));
        }
        Assert.That(File.ReadAllText(Path.Combine(place, ".pid")), Is.EqualTo("somebody else's"));
        Assert.That(Directory.GetFileSystemEntries(place), Has.Length.EqualTo(2));
    }

    /// <summary>In a sticky directory anyone can make it.</summary>
    [Test]
    public void A_directory_beside_a_pid_file_does_not_hinder_it()
    {
        using Runtime runtime = Runtime.Create();
        Directory.CreateDirectory(Path.Combine(runtime.Work, ".pid"));
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "pid");
        runtime.Run("create", "--pid-file", pidFile, "--bundle", runtime.NewBundle("true").Path, id).Expect(0);
        Assert.That(File.ReadAllText(pidFile), Is.EqualTo($"{runtime.Pid(id)}"));
    }

    /// <summary>Between the look and the writing others can exchange what is above: the directory is looked up once.</summary>
    [Test]
    public void A_pid_file_is_made_and_renamed_in_the_directory_that_was_checked()
    {
        using Runtime runtime = Runtime.Create();
        string pidFile = Path.Combine(runtime.Work, "pid");
        string[] command = runtime.Command("run", "--pid-file", pidFile, "--bundle", runtime.NewBundle("true").Path, "x");
        List<Strace.Call> calls = [.. Strace.TraceAll(runtime, command).SelectMany(static process => process)]; // pids may begin anew
        Assert.That(calls.Exists(call => call.Name == "renameat2" && call.Arguments.Contains("\"pid\"", StringComparison.Ordinal)));
        Assert.That(calls.FindAll(call => call.Name != "execve" && call.Arguments.Contains($"\"{pidFile}\"", StringComparison.Ordinal)),
            Is.Empty);
    }

    private static string Profile(Runtime runtime)
    {
        string profile = Path.Combine(runtime.Work, "profile");
        File.WriteAllText(profile, """{ "defaultAction": "SCMP_ACT_ALLOW" }""");
        return profile;
    }

    /// <summary>A directory of the given mode and owner with a link of user 1000's to the target.</summary>
    private static string Link(Runtime runtime, string mode, uint owner, string target)
    {
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "place")).FullName, link = Path.Combine(place, "x");
        File.CreateSymbolicLink(link, target);
        runtime.Execute(["/bin/chown", "-h", "1000", link]).Expect(0);
        PlaceTests.Give(place, mode, owner, 0);
        return link;
    }
}
