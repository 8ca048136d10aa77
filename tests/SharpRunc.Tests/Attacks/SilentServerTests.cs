using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A container that may mount serves a file system itself (FUSE) and does not answer. Whoever asks for one of its files waits, and no
/// signal ends him: no command of the host asks.
/// </summary>
internal sealed class SilentServerTests
{
    private const int PatienceMilliseconds = 20_000;

    private readonly string id = Runtime.NewId();
    private Runtime runtime = null!;
    private int init;

    [SetUp]
    public void Begin()
    {
        if (!File.Exists("/dev/fuse"))
            Assert.Ignore("needs /dev/fuse");
        runtime = Runtime.Create();
    }

    [TearDown]
    public void End()
    {
        if (init != 0)
            Support.Leftovers.End(runtime, id, init); // with it the server, and then whoever waits for it goes on
        init = 0;
        runtime?.Dispose();
    }

    [Test]
    public void Doctor_does_not_wait_for_the_inits_root()
    {
        Serve("root");
        Assert.That(Answer([], "doctor", id), Does.Contain("  rootfs ").And.Contain("the init's root is not what"));
    }

    [Test]
    public void Doctor_does_not_wait_for_who_looks_like_an_init_without_a_directory([Values] bool removes)
    {
        Serve("fifos");
        Assert.That(Answer([], ["doctor", "--leftovers", .. removes ? new[] { "--remove" } : []]), Does.Contain("nothing is left over"));
    }

    [Test]
    public void Checkpoint_does_not_wait_for_what_covers_a_mount()
    {
        Serve("mount");
        FakeCriu criu = new(runtime);
        Answer([.. criu.Environ], "checkpoint", "--leave-running", "--image-path", Path.Combine(runtime.Work, "images"), id);
        Assert.That(criu.Asked, Has.Some.Contains(Convert.ToHexStringLower("/mnt/sub"u8)));
    }

    /// <summary>Its program is there, and any program may be on a slow disk: exec waits, and says for what.</summary>
    [Test]
    public void Exec_says_that_it_waits_and_ends_by_a_signal()
    {
        Serve("mount");
        string log = Path.Combine(runtime.Work, "log");
        Child exec = Child.Start(runtime.Command("--log", log, "exec", "--detach", id, "/mnt/sub/program"));
        try
        {
            bool isTold = SpinWait.SpinUntil(() => File.Exists(log) && File.ReadAllText(log).Length > 0, PatienceMilliseconds);
            Assert.That(isTold && ProcessStat.TryRead(exec.Pid, out ProcessStat stat) && stat.IsAlive);
            Assert.That(File.ReadAllText(log), Does.Contain("still does not run its program: it is in state ").And.Contain("=warning"));
        }
        finally
        {
            exec.Kill(15);
            Assert.That(exec.Wait(TimeSpan.FromSeconds(20)), Is.EqualTo(128 + 15));
        }
    }

    private void Serve(string what)
    {
        Bundle bundle = runtime.NewBundle("/bin/probe", "silent", what, "/mnt", "/tmp/ready").WithAllCapabilities();
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "mnt"));
        bundle.Linux["devices"] = new JsonArray(new JsonObject
        {
            ["path"] = "/dev/fuse",
            ["type"] = "c",
            ["major"] = 10,
            ["minor"] = 229,
        });
        ((JsonArray)bundle.Linux["resources"]!["devices"]!).Add(new JsonObject
        {
            ["allow"] = true,
            ["type"] = "c",
            ["major"] = 10,
            ["minor"] = 229,
            ["access"] = "rwm",
        });
        bundle.Mounting("/mnt/sub", "bind", bundle.Sources, "rbind");
        init = runtime.StartContainer(id, bundle);
        string ready = Path.Combine(bundle.Rootfs, "tmp/ready");
        if (!SpinWait.SpinUntil(() => File.Exists(ready), PatienceMilliseconds))
            Assert.Ignore("FUSE cannot be used here");
    }

    /// <summary>What the command says. One that does not end goes on when the container has ended, and not before.</summary>
    private string Answer(string[] environment, params string[] command)
    {
        string output = Path.Combine(runtime.Work, "answer");
        Child child = Child.Start(runtime.Command(command), output, output, environment: environment.Length == 0 ? null : environment);
        bool hasEnded = SpinWait.SpinUntil(
            () => ProcessStat.TryRead(child.Pid, out ProcessStat stat) && !stat.IsAlive, PatienceMilliseconds);
        if (!hasEnded)
        {
            child.Kill(9);
            Support.Leftovers.End(runtime, id, init);
            init = 0;
        }
        child.Wait(TimeSpan.FromSeconds(20));
        Assert.That(hasEnded, Is.True, "it waits for the container");
        return File.ReadAllText(output);
    }
}
