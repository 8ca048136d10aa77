using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Init;
using SharpRunc.Core.LastMile;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;
using Message = SharpRunc.Core.Messages.Message;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// The init of a created container waits for start as the runtime's own image, and whoever is executed beside it may have CAP_SYS_PTRACE.
/// </summary>
internal sealed class WaitingInitTests
{
    private const string Unreadable = "a report that cannot be read";

    private readonly string secret = "token" + Guid.NewGuid().ToString("N");
    private Runtime runtime = null!;
    private string? held;

    public enum Shape { Root, Filtered, Hooked }

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End()
    {
        if (held is not null)
            runtime.Run("delete", "--force", held);
        held = null;
        Leftovers.Reap(); // a process whose parent is outside keeps its PID namespace's init until it is reaped
        runtime?.Dispose();
    }

    [Test]
    public void What_the_caller_was_called_with_is_not_in_it([Values] Shape shape)
    {
        Bundle bundle = Probed("sh", "-c", "echo $PATH; cat /proc/1/cmdline; sleep 1000");
        if (shape == Shape.Filtered)
            bundle.Linux["seccomp"] = RawCalls.Profile(RawCalls.Rule("madvise", "SCMP_ACT_ERRNO"));
        if (shape == Shape.Hooked)
            bundle.Config["hooks"] =
                JsonNode.Parse("""{ "startContainer": [{ "path": "/bin/sh", "args": ["sh", "-c", "env > /tmp/hook"] }] }""");
        string id = Runtime.NewId();
        List<string> command = ["/usr/bin/env", "ENGINE_SECRET=" + secret,
            .. runtime.Command("create", "--bundle", bundle.Write().Path, id)];
        runtime.Execute(command).Expect(0);
        Assert.That(File.ReadAllText($"/proc/{runtime.Pid(id)}/cmdline").TrimEnd('\0'), Is.EqualTo("sharprunc\0init"));
        Assert.That(runtime.Run("exec", id, "/bin/probe", "secrets", "1", secret, bundle.Path, runtime.Root).Expect(0).Output,
            Is.EqualTo("looked\n"));
        runtime.Run("start", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        if (shape == Shape.Hooked)
            Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/hook")), Does.Contain("PATH=").And.Not.Contain(secret));
    }

    [Test]
    public void Nothing_that_it_holds_of_the_hosts_can_be_changed_by_who_traces_it()
    {
        Bundle bundle = Probed("true");
        string id = held = Runtime.NewId();
        runtime.Run("create", "--bundle", bundle.Write().Path, id).Expect(0);
        string attack = "for f in /proc/1/fd/*; do [ -p $f ] && echo fifo && chmod 666 $f; done; true";
        Result result = runtime.Run("exec", "--cap", "CAP_SYS_PTRACE", "--cap", "CAP_FOWNER", id, "sh", "-c", attack).Expect(0);
        Assert.That(result.Output, Is.EqualTo("fifo\nfifo\n"), result.Errors);
        foreach (string name in new[] { "exec.fifo", "exec.result" })
            Assert.That(File.GetUnixFileMode(Path.Combine(runtime.Root, id, name)),
                Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite), name);
        runtime.Run("start", id).Expect(0);
    }

    [Test]
    public void Where_nothing_can_be_bound_it_waits_all_the_same()
    {
        string id = Runtime.NewId(), root = Path.Combine(runtime.Work, "unbindable"), bundle = runtime.NewBundle("true").Write().Path;
        Directory.CreateDirectory(root);
        string all = $"mount -t tmpfs -o mode=700 "
            + $"t {root} && mount --make-unbindable {root} && $0 --root {root} create --bundle {bundle} {id} </dev/null >/dev/null && $0 "
            + $"--root {root} start {id}; s=$?; $0 --root {root} delete -f {id}; exit $s";
        runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", all, runtime.Program]).Expect(0);
    }

    [Test]
    public void One_that_another_process_inside_released_is_running()
    {
        string id = held = Runtime.NewId();
        runtime.Run("create", "--bundle", Probed("sleep", "1000").Write().Path, id).Expect(0);
        string release = "for f in /proc/1/fd/*; do [ -p $f ] && timeout 1 sh -c 'printf 0 >$0' $f; done; true";
        runtime.Run("exec", "--cap", "CAP_SYS_PTRACE", id, "sh", "-c", release).Expect(0);
        Eventually.Holds(() => runtime.Status(id) == "running", "its program has been executed");
        runtime.Run("start", id).ExpectError("cannot start an already running container");
        runtime.Run("delete", id).ExpectError("is not stopped");
    }

    /// <summary>Who shares its PID namespace may stop it, and who may write its cgroup may freeze it.</summary>
    [TestCase("kill -STOP $pid", "stopped by a signal")]
    [TestCase("echo FROZEN >$(sed -n 's,.*:freezer:,/sys/fs/cgroup/freezer,p' /proc/$pid/cgroup)/freezer.state", "was paused in the meantime")]
    public void Create_fails_if_it_is_held_meanwhile(string hold, string message)
    {
        if (hold.Contains("freezer", StringComparison.Ordinal) && !Directory.Exists("/sys/fs/cgroup/freezer"))
            Assert.Ignore("needs the v1 freezer");
        string script = $"pid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/'); {hold}", id = Runtime.NewId();
        Bundle bundle = Probed("true");
        bundle.Config["hooks"] = new JsonObject
        {
            ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) }),
        };
        runtime.Run("create", "--bundle", bundle.Write().Path, id).ExpectError(message);
        runtime.Run("state", id).ExpectError("container does not exist");
    }

    [Test]
    public void Start_of_one_that_is_stopped_fails_and_leaves_it()
    {
        string id = held = Runtime.NewId();
        runtime.Run("create", "--bundle", Probed("sleep", "1000").Write().Path, id).Expect(0);
        int pid = runtime.Pid(id);
        Sys.TryKill(pid, SIGSTOP).ThrowIfFailed();
        runtime.Run("start", id).ExpectError("stopped by a signal");
        Sys.TryKill(pid, SIGCONT).ThrowIfFailed();
        Eventually.Holds(() => File.ReadAllText($"/proc/{pid}/cmdline").StartsWith("sleep", StringComparison.Ordinal), "its program runs");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void Start_ends_though_another_holds_its_descriptors()
    {
        string id = Held([]);
        runtime.Run("start", id).Expect(0);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void Start_of_a_program_that_cannot_be_executed_fails_though_another_holds_its_descriptors()
    {
        string id = Held([], "/tmp/no-format");
        runtime.Run("start", id).ExpectError("exec format error");
        runtime.Run("state", id).Expect(1);
    }

    [TestCase(LastMileStage.Hook, 0, 6000)]
    [TestCase(LastMileStage.Hook, 0, -1)]
    [TestCase(LastMileStage.Hook, 0, int.MaxValue)]
    [TestCase(LastMileStage.Hook, -1, 0)]
    [TestCase(LastMileStage.Hook, 7, 0)]
    [TestCase((LastMileStage)0, 0, 0)]
    [TestCase((LastMileStage)250, 0, 0)]
    [TestCase(LastMileStage.Uid, 0, 6000)]
    public void A_report_that_another_wrote_is_not_trusted(LastMileStage stage, int index, int textLength)
    {
        string id = Held(Record(stage, index, textLength));
        Result result = runtime.Run("start", id).ExpectError(Unreadable);
        Assert.That(result.Errors, Has.Length.LessThan(300));
        runtime.Run("state", id).Expect(1);
    }

    [Test]
    public void Nor_is_one_of_another_size([Values(0, 1, 24, 1047, 1049)] int size)
    {
        byte[] record = Record(LastMileStage.Uid, 0, 0);
        Array.Resize(ref record, size);
        Assert.That(LastMileReport.Read(record, "true", []).Message, Does.Contain(Unreadable));
    }

    [Test]
    public void Every_stage_has_words()
    {
        foreach (LastMileStage stage in Enum.GetValues<LastMileStage>())
            Assert.That(LastMileReport.ForStatus(200 + (int)stage, isFiltered: true).Message,
                Does.Contain("before its program: ").And.Contain("write(2)"), stage.ToString());
    }

    /// <summary>A created container in a pod, whose init's descriptors are in a neighbour's hands.</summary>
    private string Held(byte[] record, string program = "sleep")
    {
        string[] written = record.Length == 0 ? [] : [Convert.ToHexString(record)];
        Bundle bundle = Probed(program, "1000"), first = Probed(["/bin/probe", "thief", "0", "/tmp/taken", .. written]);
        string noFormat = Path.Combine(bundle.Rootfs, "tmp/no-format"), taken = Path.Combine(first.Rootfs, "tmp/taken"),
            id = Runtime.NewId();
        File.WriteAllText(noFormat, "\u007fELF and no more");
        File.SetUnixFileMode(noFormat, (UnixFileMode)0x1ED);
        string other = Runtime.NewId();
        runtime.StartContainer(other, first);
        runtime.CreateContainer(id, bundle.InNamespace("pid", $"/proc/{runtime.Pid(other)}/ns/pid").Write());
        held = id;
        Eventually.Holds(() => File.Exists(taken), "the descriptors were not taken");
        Assert.That(File.ReadAllText(taken), Is.Not.EqualTo("0"));
        return id;
    }

    private Bundle Probed(params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args).WithAllCapabilities();
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        return bundle.Write();
    }

    private static byte[] Record(LastMileStage stage, int index, int textLength)
    {
        Failure failure = new() { Kind = (byte)Message.Failure, Stage = (byte)stage, Errno = 1, Index = index, TextLength = textLength };
        return MemoryMarshal.AsBytes(new ReadOnlySpan<Failure>(in failure)).ToArray();
    }
}
