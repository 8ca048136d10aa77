using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A process of the container that may trace holds who comes in, or the init that waits for start (ptrace(2)). No command waits with it.
/// Who debugs from the host may hold it as long as he likes.
/// </summary>
internal sealed class HoldTests
{
    private const int Attempts = 8;
    private const string Held = "stopped by a tracer";

    private Runtime runtime = null!;
    private string? kept;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End()
    {
        if (kept is not null)
            runtime.Run("delete", "--force", kept);
        kept = null;
        runtime?.Dispose();
    }

    [Test]
    public void Exec_and_create_into_a_pod_fail_if_who_comes_in_is_held([Values] bool isPod)
    {
        for (int attempt = 1; ; attempt++)
        {
            Bundle bundle = Probed("/bin/probe", "hold", "0", "/tmp/ready");
            string id = Runtime.NewId(), ready = Path.Combine(bundle.Rootfs, "tmp/ready");
            int init = runtime.StartContainer(id, bundle);
            Assert.That(SpinWait.SpinUntil(() => File.Exists(ready), 20_000), "it never looked");
            string[] command = isPod
                ? ["create", "--bundle", runtime.NewBundle("true").InNamespace("pid", $"/proc/{init}/ns/pid").Write().Path, Runtime.NewId()]
                : ["exec", "--detach", id, "true"];
            Result result = runtime.Run(command);
            Support.Leftovers.End(runtime, id, init);
            if (result.ExitCode != 0)
            {
                result.ExpectError(Held, isPod ? 1 : 255);
                return;
            }
            if (attempt == Attempts)
                Assert.Ignore("the one who holds was never quick enough");
        }
    }

    [Test]
    public void Start_of_one_that_is_held_fails_and_leaves_it()
    {
        Bundle bundle = Probed("sleep", "1000");
        string id = kept = Runtime.NewId(), held = Path.Combine(bundle.Rootfs, "tmp/held");
        int init = runtime.CreateContainer(id, bundle);
        runtime.Run("exec", "--detach", "--cap", "CAP_SYS_PTRACE", id, "/bin/probe", "hold", "1", "/tmp/held").Expect(0);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(held), 20_000), "it was not held");
        runtime.Run("start", id).ExpectError(Held);
        Assert.That(HasExecuted(init), Is.False);
        Sys.TryKill(TracerOf(init), 9);
        Eventually.Holds(() => HasExecuted(init), "its program runs");
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void Start_waits_for_a_debugger_of_the_host()
    {
        string id = kept = Runtime.NewId(), held = Path.Combine(runtime.Work, "held");
        int init = runtime.CreateContainer(id, runtime.NewBundle("sleep", "1000"));
        Child debugger = Child.Start([Probe.Program, "hold", init.ToString(CultureInfo.InvariantCulture), held]);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(held), 20_000), "it was not held");
        Child start = Child.Start(runtime.Command("start", id));
        Thread.Sleep(3500);
        bool waits = ProcessStat.TryRead(start.Pid, out ProcessStat stat) && stat.IsAlive;
        debugger.Kill(9);
        debugger.Wait();
        Assert.That((start.Wait(TimeSpan.FromSeconds(20)), waits), Is.EqualTo((0, true)));
    }

    private static bool HasExecuted(int pid) => ProcessStat.TryRead(pid, out ProcessStat stat) && stat.HasExecuted;

    private static int TracerOf(int pid)
    {
        const string Key = "TracerPid:";
        string[] lines = File.ReadAllLines($"/proc/{pid}/status");
        string line = Array.Find(lines, static line => line.StartsWith(Key, StringComparison.Ordinal))!;
        return int.Parse(line[Key.Length..], CultureInfo.InvariantCulture);
    }

    private Bundle Probed(params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((JsonArray)bundle.Process["capabilities"]![set]!).Add((JsonNode)"CAP_SYS_PTRACE");
        return bundle.Write();
    }
}
