using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Diagnosing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>sharprunc doctor --leftovers: what killed commands left is found and removed, and nothing else.</summary>
internal sealed class LeftoverTests
{
    private Runtime runtime = null!;
    private string id = "";

    [SetUp]
    public void Make()
    {
        runtime = Runtime.Create();
        id = Runtime.NewId();
    }

    [TearDown]
    public void Dispose() => runtime.Dispose();

    private string State => Path.Combine(runtime.Root, id);

    private Doctor List(int exitCode) => Doctor.Ask(runtime, exitCode, "--leftovers");

    private Doctor Remove(int exitCode) => Doctor.Ask(runtime, exitCode, "--leftovers", "--remove");

    [Test]
    public void Containers_that_live_or_have_stopped_are_not_left_over()
    {
        runtime.CreateContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000"));
        runtime.StartContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000"));
        int pid = runtime.StartContainer(id, runtime.NewBundle("true"));
        Runtime.WaitForEnd(pid);
        Assert.That(List(0).Topics("ok"), Is.EqualTo(new[] { "state" }));
        Assert.That(runtime.Run("doctor", "--leftovers", "--remove").Expect(0).Output,
            Is.EqualTo($"ok  state  nothing is left over in {runtime.Root}\nnothing is wrong\n"));
        Assert.That(runtime.Run("list", "--quiet").Expect(0).Output.Split('\n'), Has.Length.EqualTo(4));
    }

    [Test]
    public void What_a_killed_create_left_is_listed_and_removed([Values(3, 11, 29, 47, 71, 89)] int percent)
    {
        Bundle bundle = runtime.NewBundle("sleep", "100");
        string[] command = runtime.Command("create", "--bundle", bundle.Path, id);
        List<Strace.Call> calls = Strace.Trace(runtime, command);
        runtime.Run("delete", "--force", id).Expect(0);
        Strace.Call call = calls[calls.Count * percent / 100];
        int occurrence = calls.Take(calls.Count * percent / 100 + 1).Count(other => other.Name == call.Name);
        Strace.KillAt(runtime, command, call.Name, occurrence);
        Support.Leftovers.Reap();
        bool hasLeft = Directory.Exists(State);
        Doctor listed = List(hasLeft ? 1 : 0);
        Assert.That(Directory.Exists(State), Is.EqualTo(hasLeft), "listing removes nothing");
        if (hasLeft)
            Assert.That(listed.Text("state"), Does.StartWith($"{State}: the create of {id} was killed"));
        Doctor removed = Remove(0);
        Support.Leftovers.Reap();
        Assert.That(Support.Leftovers.Of(runtime), Is.Empty, $"killed at {call}: {removed.Document.ToJsonString()}");
        Assert.That(List(0).Topics("ok"), Is.EqualTo(new[] { "state" }));
    }

    [Test]
    public void A_damaged_state_is_removed_when_nothing_of_it_lives_and_kept_when_something_does()
    {
        int pid = runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        File.WriteAllText(Path.Combine(State, "state.json"), "");
        Doctor kept = Remove(1);
        Assert.That(kept.Text("state"), Does.StartWith($"{State}: not removed: the state of {id} is damaged, and 1 of its processes live"));
        Assert.That(Directory.Exists($"/proc/{pid}"), Is.True);
        Sys.TryKill(pid, 9);
        Runtime.WaitForEnd(pid);
        Assert.That(List(1).Topics("problem"), Has.Member("state").And.Member("cgroup"));
        Assert.That(Remove(0).Text("state"), Is.EqualTo($"removed {State}: the state of {id} is damaged"));
        Assert.That(Support.Leftovers.Of(runtime), Is.Empty);
    }

    /// <summary>Which state root it was of cannot be told, so that it stays.</summary>
    [Test]
    public void An_init_whose_directory_is_gone_is_listed_with_the_command_that_ends_it()
    {
        runtime.StartContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000"));
        runtime.CreateContainer(Runtime.NewId(), runtime.NewBundle("sleep", "1000"));
        int pid = runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000"));
        Directory.Delete(State, recursive: true);
        Doctor said = Remove(1);
        string start = $"process {pid}: not removed: ";
        JsonObject found = said.Findings.Single(one => ((string)one["text"]!).StartsWith(start, StringComparison.Ordinal));
        Assert.That(Directory.Exists($"/proc/{pid}"), Is.True);
        string remedy = (string)found["remedy"]!;
        Assert.That(remedy, Does.StartWith($"kill -KILL {pid} && rmdir /sys/fs/cgroup/"));
        Sys.TryKill(pid, 9);
        Runtime.WaitForEnd(pid);
        runtime.Execute(["/bin/sh", "-c", remedy[(remedy.IndexOf("&& ", StringComparison.Ordinal) + 3)..]]).Expect(0);
        Assert.That(List(0).Topics("problem"), Is.Empty);
    }

    [Test]
    public void What_others_made_in_the_state_root_is_listed_and_kept()
    {
        string[] foreign = Array.ConvertAll(["theirs", "of runc", "runcs"], (string name) => Path.Combine(runtime.Root, name));
        Directory.CreateDirectory(foreign[0]);
        File.WriteAllText(Path.Combine(foreign[0], "data"), "theirs");
        Directory.CreateDirectory(foreign[1]);
        Directory.CreateDirectory(foreign[2]);
        File.WriteAllText(Path.Combine(foreign[2], "state.json"), "{\"id\":\"runcs\",\"init_process_pid\":1}");
        string file = Path.Combine(runtime.Root, "file"), link = Path.Combine(runtime.Root, "link");
        File.WriteAllText(file, "");
        File.CreateSymbolicLink(link, "/etc");
        Doctor said = Remove(0);
        Assert.That(said.Topics("note"), Has.Length.EqualTo(5));
        Assert.That(said.Text("state").Split('\n'), Is.All.Contains(": not removed: "));
        Assert.That(new[] { file, link, Path.Combine(foreign[0], "data"), Path.Combine(foreign[2], "state.json") }, Is.All.Exist);
        foreach (string directory in foreign)
            Directory.Delete(directory, recursive: true);
        File.Delete(file);
        File.Delete(link);
    }

    [Test]
    public void The_cgroup_of_a_killed_create_that_another_container_has_now_is_kept()
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string other = Runtime.NewId();
        int pid = runtime.StartContainer(other, bundle);
        string state = File.ReadAllText(Path.Combine(runtime.Root, other, "state.json")).Replace($"\"id\":\"{other}\"", $"\"id\":\"{id}\"")
            .Replace("\"phase\":\"created\"", "\"phase\":\"creating\"").Replace($"\"initPid\":{pid}", "\"initPid\":0");
        Directory.CreateDirectory(State);
        File.WriteAllText(Path.Combine(State, "state.json"), state);
        Doctor said = Remove(1);
        Assert.That(said.Text("state"), Does.Contain("not removed").And.Contain("may be another's"), said.Document.ToJsonString());
        Assert.That(runtime.Status(other), Is.EqualTo("running"));
        Directory.Delete(State, recursive: true);
    }

    [Test]
    public void A_create_at_work_is_not_left_over()
    {
        Directory.CreateDirectory(State);
        using Fd held = Sys.OpenAt(Fd.Cwd, Path.Combine(State, "lock"), O_RDWR | O_CREAT, 0x180);
        Sys.TryFlock(held, LOCK_EX).ThrowIfFailed();
        Assert.That(Remove(0).Topics("problem"), Is.Empty);
        Assert.That(Directory.Exists(State), Is.True);
        Sys.TryFlock(held, LOCK_UN).ThrowIfFailed();
        Assert.That(List(1).Text("state"), Is.EqualTo($"{State}: the create of {id} was killed at its beginning"));
        Remove(0);
        Assert.That(Directory.Exists(State), Is.False);
    }
}
