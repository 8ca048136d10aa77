using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>The runtime in the foreground: `run` and `exec` stand for the process they wait for.</summary>
internal sealed class AttachedTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Says which signals it gets, and goes on but for TERM. It is not its PID namespace's first process, so that all have their usual
    /// effect.
    /// </summary>
    private const string Listening = "for s in HUP INT USR1 USR2 CONT WINCH URG 40; do trap \"echo $s\" $s; done; trap 'exit 5' TERM; "
        + "echo up; while :; do sleep 0.02; done";

    /// <summary>The process itself writes to a pipe, and may have ended well before the file is full.</summary>
    [TestCase("dd if=/dev/zero bs=40000 count=1 2>/dev/null", 1)]
    [TestCase("dd if=/dev/zero bs=40000 count=1 2>/dev/null; exit 3", 3)]
    [TestCase("yes; exit 4", 4)]
    [TestCase("dd if=/dev/zero bs=4000 count=1 2>/dev/null", 0)]
    public void Output_that_the_callers_disk_has_no_room_for_is_an_error_and_no_success(string script, int status)
    {
        using Runtime runtime = Runtime.Create();
        string full = Directory.CreateDirectory(Path.Combine(runtime.Work, "full")).FullName;
        Result result =
            runtime.Execute(["/usr/bin/unshare", "-m", "/bin/sh", "-c", $"mount -t tmpfs -o size=16k t {full} && \"$@\" >{full}/out", "sh",
            .. runtime.Command("run", "--bundle", runtime.NewBundle().Says(script).Write().Path, Runtime.NewId())]).Expect(status);
        Assert.That(result.Errors, status == 0 ? Is.Empty
            : Does.Contain("what the process writes to descriptor 1 is lost: no space left on device"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Every_signal_is_handed_on_but_those_that_are_about_the_runtime_itself(bool exec)
    {
        using Runtime runtime = Runtime.Create();
        using Attached attached = Attached.Start(runtime, exec, Listening);
        attached.Await("up\n");
        // URG and WINCH are about our own sockets and terminal, CHLD about our own children.
        foreach ((int signal, string said) in new[] { (17, ""), (23, ""), (28, ""), (1, "HUP\n"), (2, "INT\n"), (10, "USR1\n"),
            (12, "USR2\n"), (18, "CONT\n"), (40, "40\n") })
        {
            attached.Runtime.Kill(signal);
            attached.Await(said);
        }
        attached.Runtime.Kill(15);
        Assert.That(attached.Runtime.Wait(Limit), Is.EqualTo(5));
        Assert.That(attached.Output, Is.EqualTo("up\nHUP\nINT\nUSR1\nUSR2\nCONT\n40\n"));
    }

    /// <summary>
    /// A signal goes to any thread that does not block it, and one that no thread of ours reads would end us instead of being handed on.
    /// </summary>
    [TestCase(false)]
    [TestCase(true)]
    public void No_thread_of_the_runtime_takes_a_signal_for_itself(bool exec)
    {
        using Runtime runtime = Runtime.Create();
        using Attached attached = Attached.Start(runtime, exec, Listening);
        attached.Await("up\n");
        string[] threads = Directory.GetDirectories($"/proc/{attached.Runtime.Pid}/task");
        Assert.That(threads, Has.Length.EqualTo(1), "the language's runtime has no thread of its own");
        foreach (string thread in threads)
            // all but KILL and STOP
            Assert.That(File.ReadAllText(Path.Combine(thread, "status")), Does.Contain("SigBlk:\tfffffffffffbfeff"));
        attached.Runtime.Kill(15);
        Assert.That(attached.Runtime.Wait(Limit), Is.EqualTo(5));
    }

    [TestCase(false, 9, 137)]
    [TestCase(false, 15, 143)]
    [TestCase(false, 11, 139)]
    [TestCase(true, 9, 137)]
    [TestCase(true, 11, 139)]
    public void A_program_that_a_signal_ends_is_128_and_its_number(bool exec, int signal, int exitCode)
    {
        using Runtime runtime = Runtime.Create();
        using Attached attached = Attached.Start(runtime, exec, $"echo up; ulimit -c 0; kill -{signal} $$; sleep 1000");
        Assert.That(attached.Runtime.Wait(Limit), Is.EqualTo(exitCode));
    }

    [Test]
    public void Killing_the_container_ends_its_run()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("echo up; exec sleep 1000").Write();
        string id = Runtime.NewId(), output = Path.Combine(runtime.Work, "killed");
        Child run = Child.Start(runtime.Command("run", "--bundle", bundle.Path, id), output);
        Attached.Await(output, "up\n");
        runtime.Run("kill", id, "KILL").Expect(0);
        Assert.That(run.Wait(Limit), Is.EqualTo(137));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    /// <summary>The signal comes while a hook keeps the program from running.</summary>
    [Test]
    public void A_signal_before_the_program_runs_is_not_lost()
    {
        using Runtime runtime = Runtime.Create();
        string waiting = Path.Combine(runtime.Work, "waiting");
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutNamespace("pid");
        bundle.Config["hooks"] = new JsonObject
        {
            ["createRuntime"] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", $"touch {waiting}; exec sleep 1000"),
                ["env"] = new JsonArray("PATH=/usr/bin"),
            }),
        };
        Child run = Child.Start(runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId()));
        while (!File.Exists(waiting))
            System.Threading.Thread.Sleep(5);
        run.Kill(15);
        Assert.That(run.Wait(Limit), Is.EqualTo(143));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    /// <summary>Without a PID namespace of its own a container's orphans go up to the nearest subreaper.</summary>
    [TestCase(true)]
    [TestCase(false)]
    public void Run_adopts_the_orphans_and_reaps_them_unless_told_not_to(bool subreaper)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().WithoutNamespace("pid")
            .Says("sh -c '(while ! [ -e /seen ]; do sleep 0.01; done) & echo $!' ; while ! [ -e /go ]; do sleep 0.01; done; exit 3");
        string output = Path.Combine(runtime.Work, "orphan"), id = Runtime.NewId();
        Child run =
            Child.Start(
                runtime.Command(["run", .. subreaper ? Array.Empty<string>() : ["--no-subreaper"], "--bundle", bundle.Write().Path, id]),
                output);
        Attached.Await(output, "\n");
        int orphan = int.Parse(File.ReadAllText(output), CultureInfo.InvariantCulture);
        int adopter = subreaper ? run.Pid : Environment.ProcessId;
        Eventually.Holds(() => Parent(orphan) == adopter, "the orphan is adopted"); // its parent may not have ended yet
        File.WriteAllText(Path.Combine(bundle.Rootfs, "seen"), "");
        if (subreaper)
            while (Directory.Exists($"/proc/{orphan}"))
                System.Threading.Thread.Sleep(5);
        else
            Runtime.WaitForEnd(orphan);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        Assert.That(run.Wait(Limit), Is.EqualTo(3));
    }

    /// <summary>Its cgroup is the only list of them.</summary>
    [Test]
    public void What_the_program_leaves_running_ends_with_the_run()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle().WithoutNamespace("pid").Says("sleep 1000 & sleep 1000 & exit 4")).Expect(4);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void Kept_it_is_stopped_and_to_be_deleted()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.Run("run", "--keep", "--bundle", runtime.NewBundle("false").Path, id).Expect(1);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
        runtime.Run("run", "--bundle", runtime.NewBundle("true").Path, id).ExpectError("container with given ID already exists");
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void Detached_the_runtime_is_gone_and_the_pid_file_names_the_program()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "pid");
        Child run =
            Child.Start(runtime.Command("run", "--detach", "--pid-file", pidFile, "--bundle", runtime.NewBundle("sleep", "1000").Path, id));
        Assert.That(run.Wait(Limit), Is.Zero);
        int pid = int.Parse(File.ReadAllText(pidFile), CultureInfo.InvariantCulture);
        Assert.That(File.ReadAllText($"/proc/{pid}/cmdline"), Is.EqualTo("sleep\01000\0"));
        Assert.That(Parent(pid), Is.EqualTo(Environment.ProcessId));
    }

    private static int Parent(int pid)
    {
        string stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <summary>A script in the foreground, as a container's program or as one more process of a container that sleeps.</summary>
    private sealed class Attached : IDisposable
    {
        private readonly string output;
        private string seen = "";

        private Attached(Child runtime, string output) => (Runtime, this.output) = (runtime, output);

        public Child Runtime { get; }

        public string Output => File.ReadAllText(output);

        public static Attached Start(Runtime runtime, bool exec, string script)
        {
            string output = Path.Combine(runtime.Work, "attached"), id = Support.Runtime.NewId();
            Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutNamespace("pid").Write();
            if (exec)
                runtime.StartContainer(id, bundle);
            else
                bundle.Says(script).Write();
            string[] command = exec ? ["exec", id, "sh", "-c", script] : ["run", "--bundle", bundle.Path, id];
            return new(Child.Start(runtime.Command(command), output, Path.Combine(runtime.Work, "errors")), output);
        }

        /// <summary>Waits until this is said next.</summary>
        public void Await(string text) => Await(output, seen += text);

        public static void Await(string file, string text)
        {
            for (int i = 0; !(File.Exists(file) && File.ReadAllText(file).EndsWith(text, StringComparison.Ordinal));
            i++, System.Threading.Thread.Sleep(5))
                Assert.That(i, Is.LessThan(4000), $"waited for {text}");
        }

        public void Dispose() => Runtime.Kill(9);
    }
}
