using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Tracing;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Tracing;

/// <summary>What --trace and $SHARPRUNC_TRACE write, and where.</summary>
internal sealed class TraceTests
{
    private const string Parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    private Runtime runtime = null!;
    private string file = "";

    [SetUp]
    public void Begin()
    {
        runtime = Runtime.Create();
        file = Path.Combine(runtime.Work, "trace.json");
    }

    [TearDown]
    public void End() => runtime?.Dispose();

    [Test]
    public void Each_command_that_works_on_a_container_writes_its_stages()
    {
        string id = Runtime.NewId();
        Assert.That(Stages(id, "create", "--bundle", runtime.NewBundle("sleep", "1000").Path, id),
            Does.Match("^begin, reading, checking, cgroup, mounts, cgroup, namespaces, cgroup, mounts \\| "
                + "namespaces, mounts, .*(cgroup, ).*switch, last mile$"));
        Assert.That(Stages(id, "start", id), Is.EqualTo("begin, start | "));
        Assert.That(Stages(id, "exec", id, "true"),
            Is.EqualTo("begin, reading, checking, cgroup, namespaces | namespaces, last mile"));
        Assert.That(Stages(id, "delete", "--force", id), Is.EqualTo("begin, delete | "));
        Assert.That(Stages(id, "run", "--bundle", runtime.NewBundle("true").Path, id), Does.Contain(", start, delete | namespaces, "));
    }

    [Test]
    public void Restore_writes_what_criu_did()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle();
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        criu.Restore(id, bundle, "--trace", file).Expect(0);
        TracedCommand traced = Read();
        Assert.That((traced.Command, traced.ChildPid), Is.EqualTo(("restore", 0)));
        Assert.That(traced.Steps.Where(static step => step.Kind == TraceKind.Criu).Select(static step => step.Name),
            Has.Member("criu start").And.Member("criu version").And.Member("criu restore"));
    }

    /// <summary>It may run for days.</summary>
    [TestCase("run")]
    [TestCase("exec")]
    public void The_time_of_the_program_itself_is_no_step(string command)
    {
        string id = Runtime.NewId();
        string[] run = ["run", "--trace", file, "--bundle", runtime.NewBundle("sleep", "0.6").Path, id];
        if (command == "exec")
            runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run(command == "run" ? run : ["exec", "--trace", file, id, "sleep", "0.6"]).Expect(0);
        TracedCommand traced = Read();
        Assert.That(OwnTime.Of(traced.Steps).Sum(), Is.LessThan(500_000_000));
        Assert.That(traced.Steps.Any(static step => step.Length > 500_000_000), Is.False);
    }

    [Test]
    public void A_start_waits_for_the_hooks_in_the_container()
    {
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/sleep", "args": ["sleep", "0.6"] }] }""");
        runtime.CreateContainer(id, bundle.Write());
        runtime.Run("start", "--trace", file, id).Expect(0);
        AssertSlowest(TraceKind.OtherSide, "to run startContainer hooks and its program");
    }

    [Test]
    public void An_exec_waits_for_a_paused_container()
    {
        if (!Directory.Exists("/sys/fs/cgroup/freezer"))
            Assert.Ignore("needs the v1 freezer");
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("pause", id).Expect(0);
        Child exec = Child.Start(runtime.Command("exec", "--ignore-paused", "--trace", file, id, "true"));
        Thread.Sleep(700);
        runtime.Run("resume", id).Expect(0);
        Assert.That(exec.Wait(TimeSpan.FromSeconds(20)), Is.Zero);
        AssertSlowest(TraceKind.Frozen, "frozen by its cgroup");
    }

    /// <summary>The format of chrome://tracing: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU.</summary>
    [Test]
    public void The_file_has_the_events_that_viewers_read()
    {
        string id = Runtime.NewId();
        runtime.Execute(["/usr/bin/env", "TRACEPARENT=" + Parent,
            .. runtime.Command("run", "--trace", file, "--bundle", runtime.NewBundle("true").Path, id)]).Expect(0);
        JsonObject trace = (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;
        Assert.That((string?)trace["otherData"]!["id"], Is.EqualTo(id));
        Assert.That((string?)trace["otherData"]!["command"], Is.EqualTo("run"));
        Assert.That((string?)trace["otherData"]!["traceparent"], Is.EqualTo(Parent));
        JsonArray events = (JsonArray)trace["traceEvents"]!;
        Assert.That(events.Where(one => (string?)one!["ph"] == "M").Select(one => (string?)one!["args"]!["name"]),
            Is.EqualTo(new[] { "sharprunc run", "container's process" }));
        List<JsonNode?> steps = [.. events.Where(one => (string?)one!["ph"] == "X")];
        Assert.That(steps.Select(one => (double)one!["ts"]!), Is.Ordered.And.All.Positive);
        Assert.That(steps.Select(one => (double)one!["dur"]!), Has.All.GreaterThanOrEqualTo(0));
        Assert.That(steps.Select(one => (int)one!["pid"]!).Distinct().Count(), Is.EqualTo(2));
        Assert.That(steps.All(one => (int)one!["pid"]! == (int)one["tid"]!));
    }

    [TestCase("config", "runtime", "checking")]
    [TestCase("mount", "container", "mounts")]
    [TestCase("program", "container", "last mile")]
    [TestCase("hook", "runtime", "hooks")]
    public void A_command_that_fails_writes_it_too_and_marks_the_step(string what, string whose, string stage)
    {
        Bundle bundle = runtime.NewBundle(what == "program" ? "/missing" : "true");
        if (what == "config")
            bundle.Process["cwd"] = "relative";
        if (what == "mount")
            bundle.Mounting("/mnt", "nosuchtype", "none");
        if (what == "hook")
            bundle.Config["hooks"] = JsonNode.Parse("""{ "prestart": [{ "path": "/bin/false" }] }""");
        string errors = runtime.Run("create", "--trace", file, "--bundle", bundle.Write().Path, Runtime.NewId()).Expect(1).Errors;
        TracedCommand traced = Read();
        TracedStep failed = traced.Steps.Single(step => step.HasFailed);
        Assert.That((failed.IsChild ? "container" : "runtime", failed.Name), Is.EqualTo((whose, stage)));
        Assert.That(errors.Replace("\\\"", "\"", StringComparison.Ordinal), Does.Contain(traced.Error!));
        Assert.That(runtime.Run("trace", file).Expect(0).Output,
            Does.Contain("\nfailed: sharprunc create failed").And.Contain($"  {stage} (failed)"));
    }

    [Test]
    public void A_file_that_is_there_is_replaced_and_a_new_one_is_nobody_elses()
    {
        string id = Runtime.NewId();
        runtime.Run("delete", "--force", "--trace", file, id).Expect(0);
        Assert.That(File.GetUnixFileMode(file), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
        File.WriteAllText(file, new string('x', 100_000));
        runtime.Run("delete", "--force", "--trace", file, id).Expect(0);
        Assert.That(Read().Command, Is.EqualTo("delete"));
    }

    [TestCase("fifo", "is not a file")]
    [TestCase("device", "is a character device, but must be a file")]
    [TestCase("directory", "is a directory")]
    [TestCase("link", "belongs to user 1000")]
    public void What_is_no_file_or_another_users_is_refused_before_anything_is_made(string what, string message)
    {
        string make = what switch
        {
            "fifo" => $"mkfifo {file}",
            "device" => $"mknod {file} c 1 3",
            "directory" => $"mkdir {file}",
            _ => $"mkdir -m 1777 {file}d && ln -s {runtime.Work}/victim {file}d/l && chown -h 1000 {file}d/l",
        };
        runtime.Execute(["/bin/sh", "-c", make]).Expect(0);
        string id = Runtime.NewId(), named = what == "link" ? file + "d/l" : file;
        runtime.Run("create", "--trace", named, "--bundle", runtime.NewBundle("true").Path, id).ExpectError(message);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
        Assert.That(File.Exists(Path.Combine(runtime.Work, "victim")), Is.False);
    }

    [Test]
    public void An_engine_names_a_directory_which_gets_a_file_for_each_command()
    {
        string id = Runtime.NewId(), directory = Traces((UnixFileMode)0x1C0);
        InDirectory(directory, "run", "--bundle", runtime.NewBundle("env").Path, id).Expect(0);
        InDirectory(directory, "state", "../../etc/x").Expect(1);
        InDirectory(directory, "delete", "../../etc/x").Expect(1);
        string[] names = [.. Directory.GetFiles(directory).Select(name => Path.GetFileName(name)!).Order()];
        Assert.That(names, Has.Length.EqualTo(2));
        Assert.That(names[0], Does.Match($@"^\d{{4}}-\d\d-\d\dT\d{{6}}(\.\d+)?Z-run-\d+-{id}\.json$"));
        Assert.That(names[1], Does.EndWith("-.._.._etc_x.json").And.Contain("Z-delete-"));
        Assert.That(Directory.GetFiles(directory).Select(File.GetUnixFileMode),
            Is.All.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    /// <summary>Whoever can set the variable must not have root write where programs look for commands or settings.</summary>
    [TestCase("/etc/cron.d")]
    [TestCase("/tmp")]
    [TestCase("/nonexistent")]
    [TestCase("open")]
    [TestCase("foreign")]
    public void A_directory_that_is_not_the_callers_alone_gets_none_and_the_command_goes_on(string directory)
    {
        if (directory is "open" or "foreign")
            directory = Traces(directory == "open" ? (UnixFileMode)0x1ED : (UnixFileMode)0x1C0, foreign: directory == "foreign");
        string[] before = Entries(directory);
        string log = Path.Combine(runtime.Work, "log");
        InDirectory(directory, "--log", log, "run", "--bundle", runtime.NewBundle("true").Path, Runtime.NewId()).Expect(0);
        Assert.That(File.ReadAllText(log), Does.Contain("no trace is written: "));
        Assert.That(Entries(directory).Except(before).Where(name => name.Contains("-run-", StringComparison.Ordinal)), Is.Empty);
    }

    [Test]
    public void Without_it_no_call_more_is_made()
    {
        List<string> Calls(params string[] flags)
        {
            string id = Runtime.NewId();
            return [.. Strace.TraceAll(runtime, runtime.Command(["run", .. flags, "--bundle", runtime.NewBundle("true").Path, id]))
                .SelectMany(static calls => calls).Select(static call => call.ToString())];
        }
        string[] own = ["MAP_SHARED|MAP_ANONYMOUS", "ftruncate(", "CLOCK_MONOTONIC"];
        List<string> off = Calls(), on = Calls("--trace", file);
        Assert.That(off.Where(call => own.Any(word => call.Contains(word, StringComparison.Ordinal))), Is.Empty);
        Assert.That(on.Where(call => call.Contains(own[0], StringComparison.Ordinal)), Has.Exactly(1).Items);
        Assert.That(off, Has.Count.LessThan(on.Count));
    }

    private string Traces(UnixFileMode mode, bool foreign = false)
    {
        string directory = Directory.CreateDirectory(Path.Combine(runtime.Work, "traces")).FullName;
        File.SetUnixFileMode(directory, mode);
        if (foreign)
            runtime.Execute(["/bin/chown", "1000", directory]).Expect(0);
        return directory;
    }

    private static string[] Entries(string directory) => Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [];

    private Result InDirectory(string directory, params string[] command)
        => runtime.Execute(["/usr/bin/env", $"SHARPRUNC_TRACE={directory}", .. runtime.Command(command)]);

    private TracedCommand Read() => TraceReader.Read(file, File.ReadAllBytes(file));

    private void AssertSlowest(TraceKind kind, string subject)
    {
        TracedCommand traced = Read();
        long[] own = OwnTime.Of(traced.Steps);
        TracedStep slow = traced.Steps[Array.IndexOf(own, own.Max())];
        Assert.That((slow.Kind, slow.Subject), Is.EqualTo((kind, subject)));
    }

    private string Stages(string id, params string[] command)
    {
        runtime.Run([command[0], "--trace", file, .. command[1..]]).Expect(0);
        TracedCommand traced = Read();
        Assert.That((traced.Command, traced.Id), Is.EqualTo((command[0], id)));
        return string.Join(" | ", new[] { false, true }.Select(isChild => string.Join(", ",
            traced.Steps.Where(step => step.Kind == TraceKind.Stage && step.IsChild == isChild).Select(step => step.Name))));
    }
}
