using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using Microsoft.Extensions.Logging.Abstractions;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>The verbs that need no child of their own, on a state whose init is a real process.</summary>
internal sealed class LifecycleTests
{
    private TemporaryDirectory root = null!;
    private RuntimeContext context = null!;
    private Process init = null!;
    private int waiting;

    [SetUp]
    public void Begin()
    {
        root = new TemporaryDirectory();
        context = new RuntimeContext { Root = root.Path, Log = NullLogger.Instance };
        init = Process.Start("sleep", "1000");
    }

    [TearDown]
    public void End()
    {
        if (waiting != 0)
            Sys.TryKill(waiting, 9);
        waiting = 0;
        init.Kill();
        init.WaitForExit();
        init.Dispose();
        root.Dispose();
    }

    /// <param name="fifo">The init waits for start: it has executed nothing, as a shell's child until the shell's next command.</param>
    private ContainerState Make(string phase = "created", bool fifo = false, Action<ContainerState>? change = null)
    {
        if (fifo)
        {
            init.Kill();
            init.WaitForExit();
            init.Dispose();
            string[] shell = ["-c", "exec 3<&0; (read line <&3) & echo $!; wait"]; // no process but these two
            init = Process.Start(new ProcessStartInfo("sh", shell) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
            waiting = int.Parse(init.StandardOutput.ReadLine()!);
        }
        int pid = fifo ? waiting : init.Id;
        ContainerState state = new()
        {
            Id = "web",
            Phase = phase == "created" ? Phase.Created : Phase.Creating,
            InitPid = pid,
            InitStartTime = StartTime(pid),
            RuntimePid = Environment.ProcessId,
            RuntimeStartTime = StartTime(Environment.ProcessId),
            Bundle = "/bundle",
            Rootfs = "/bundle/rootfs",
            Created = 1_790_000_000_000_000_000,
            PrivatePidNamespace = true,
        };
        change?.Invoke(state);
        using ContainerDirectory directory = new ContainerStore(context).Create(ContainerId.Parse("web"));
        directory.WriteState(state);
        if (fifo)
            File.WriteAllText(directory.Path + "/exec.fifo", "");
        return state;
    }

    private static ulong StartTime(int pid)
        => ProcessStat.TryRead(pid, out ProcessStat stat) ? stat.StartTime : throw new InvalidOperationException("no such process");

    private string Status => (string)JsonNode.Parse(QueryState.Run(context, "web"))!["status"]!;

    [Test]
    public void A_live_init_is_running()
    {
        Make();
        Assert.That(Status, Is.EqualTo("running"));
    }

    [Test]
    public void With_the_fifo_it_is_created()
    {
        Make(fifo: true);
        Assert.That(Status, Is.EqualTo("created"));
    }

    [Test]
    public void A_pid_that_started_at_another_time_is_another_process()
    {
        Make(change: state => state.InitStartTime++);
        Assert.That(Status, Is.EqualTo("stopped"));
        Assert.That((int)JsonNode.Parse(QueryState.Run(context, "web"))!["pid"]!, Is.Zero);
    }

    [Test]
    public void A_zombie_has_stopped()
    {
        using Process shell =
            Process.Start(new ProcessStartInfo("sh", ["-c", "sleep 0.01 & echo $!; exec sleep 1000"]) { RedirectStandardOutput = true })!;
        try
        {
            int zombie = int.Parse(shell.StandardOutput.ReadLine()!);
            ulong started = StartTime(zombie);
            Assert.That(() => ProcessStat.TryRead(zombie, out ProcessStat stat) && !stat.IsAlive, Is.True.After(2000, 10));
            Make(change: state => (state.InitPid, state.InitStartTime) = (zombie, started));
            Assert.That(Status, Is.EqualTo("stopped"));
        }
        finally
        {
            shell.Kill();
            shell.WaitForExit();
        }
    }

    [Test]
    public void While_its_runtime_lives_it_is_creating_and_then_it_has_stopped()
    {
        Make("creating", change: state => state.InitPid = 0);
        Assert.That(Status, Is.EqualTo("creating"));
        using ContainerDirectory directory = new ContainerStore(context).Open(ContainerId.Parse("web"));
        ContainerState state = directory.ReadState();
        state.RuntimeStartTime++;
        directory.WriteState(state);
        Assert.That(Status, Is.EqualTo("stopped"));
    }

    [Test]
    public void Kill_reaches_init()
    {
        Make();
        Kill.Run(context, "web", 15, all: false);
        Assert.That(init.WaitForExit(5000), Is.True);
        Assert.That(init.ExitCode, Is.EqualTo(128 + 15));
    }

    [TestCase(true)]
    [TestCase(false)]
    [Must("kill.not-alive")]
    public void Kill_of_what_has_stopped_says_that_it_is_not_running(bool all)
    {
        Make(change: state => state.InitStartTime++);
        if (all)
            Kill.Run(context, "web", 9, all);
        else
            Assert.That(() => Kill.Run(context, "web", 9, all),
                Throws.TypeOf<ContainerException>().With.Message.EqualTo("container not running"));
        Assert.That(init.HasExited, Is.False, "the reused pid must not be hit");
    }

    [Test]
    [Must("kill.not-alive")]
    public void A_container_being_created_cannot_be_killed()
    {
        Make("creating");
        Assert.That(() => Kill.Run(context, "web", 9, all: false), Throws.TypeOf<ContainerException>());
        Assert.That(init.HasExited, Is.False);
    }

    [Test]
    public void A_running_container_is_not_deleted()
    {
        Make();
        Assert.That(() => Delete.Run(context, "web", force: false),
            Throws.TypeOf<ContainerException>().With.Message.EqualTo("cannot delete container web that is not stopped: running"));
        Assert.That(init.HasExited, Is.False);
        Assert.That(Status, Is.EqualTo("running"));
    }

    [TestCase("created", true, false, TestName = "A_created_container_is_killed_and_deleted")]
    [TestCase("created", false, true, TestName = "Force_deletes_a_running_container")]
    [TestCase("creating", false, true, TestName = "Force_deletes_a_container_being_created")]
    public void Delete_kills_first(string phase, bool fifo, bool force)
    {
        Make(phase, fifo);
        Delete.Run(context, "web", force);
        Assert.That(init.WaitForExit(1000), Is.True);
        Assert.That(Directory.GetFileSystemEntries(root.Path), Is.Empty);
    }

    [Test]
    public void A_stopped_container_is_deleted_without_force()
    {
        Make(change: state => state.InitStartTime++);
        Delete.Run(context, "web", force: false);
        Assert.That(Directory.GetFileSystemEntries(root.Path), Is.Empty);
        Assert.That(init.HasExited, Is.False);
    }

    [Test]
    public void Force_does_not_wait_for_a_start_that_waits_for_the_container()
    {
        Make(fifo: true);
        using ContainerDirectory directory = new ContainerStore(context).Open(ContainerId.Parse("web"));
        ContainerLock start = directory.Lock();
        Thread starting = new(() =>
        {
            init.WaitForExit();
            start.Dispose();
        });
        starting.Start();
        Delete.Run(context, "web", force: true);
        starting.Join();
        Assert.That(Directory.GetFileSystemEntries(root.Path), Is.Empty);
    }

    [Test]
    public void List_shows_what_there_is()
    {
        Make();
        string[] lines = List.Table(List.Run(context, Assert.Fail)).Split('\n');
        Assert.That(lines[0], Is.EqualTo("ID          PID         STATUS      BUNDLE      CREATED                OWNER"));
        Assert.That(lines[1], Is.EqualTo($"web         {init.Id,-12}running     /bundle     2026-09-21T14:13:20Z   root"));
        Assert.That(List.Ids(List.Run(context, Assert.Fail)), Is.EqualTo("web\n"));
    }
}
