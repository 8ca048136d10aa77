using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// A process of the container looks at whoever comes in, before each of its system calls: nothing that it can read, reach, stop or trace is
/// the host's. SOAK=1 looks before every call, else before every few.
/// </summary>
internal sealed partial class WatcherTests
{
    private const ulong Usual = 0xa80425fb;

    private readonly string tag = "host" + Guid.NewGuid().ToString("N");
    private Runtime runtime = null!;
    private Socket socket = null!;
    private string mount = "", orders = "", answers = "";

    public enum Watcher
    {
        /// <summary>uid 1000 without capabilities.</summary>
        User,
        /// <summary>root with CAP_SYS_PTRACE, CAP_KILL and what engines give, who stops whom it sees.</summary>
        Debugger,
        /// <summary>The same in a user namespace.</summary>
        MappedDebugger,
    }

    public enum Way { Exec, ExecDetached, ExecWithTerminal, CreateIntoPod, CreateIntoPodBefore617 }

    [SetUp]
    public void Secrets_of_the_host()
    {
        runtime = Runtime.Create();
        File.WriteAllText(Path.Combine(runtime.Work, "secret"), tag);
        socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint("\0" + tag));
        mount = Directory.CreateDirectory(Path.Combine(runtime.Work, "mount")).FullName;
        runtime.Execute(["/bin/mount", "-t", "tmpfs", tag, mount]).Expect(0);
        runtime.Execute(["/bin/mount", "--make-private", mount]).Expect(0);
    }

    [TearDown]
    public void End()
    {
        socket?.Dispose();
        runtime?.Execute(["/bin/umount", mount]);
        runtime?.Dispose();
    }

    [Test]
    public void Nothing_of_the_host_can_be_seen_in_who_comes_in([Values] Watcher watcher, [Values] Way way)
    {
        bool isPod = way is Way.CreateIntoPod or Way.CreateIntoPodBefore617;
        if (isPod && watcher == Watcher.MappedDebugger)
            Assert.Ignore("a pod's PID namespace that a user namespace owns is another test's");
        string watched = Watching(watcher, isPod ? Usual : 0);
        string pod = Runtime.NewId();
        string[] command = way switch
        {
            Way.Exec => ["exec", watched, "true"],
            Way.ExecDetached => ["exec", "-d", watched, "true"],
            Way.ExecWithTerminal => ["exec", "-t", watched, "true"],
            _ => ["create", "--bundle", IntoPodOf(watched).Path, pod],
        };
        Result result = Look(way == Way.CreateIntoPodBefore617, way == Way.ExecWithTerminal, command).Expect(0);
        if (isPod)
            runtime.Run("delete", "--force", pod).Expect(0);
        Leftovers.Reap(); // a process whose parent is outside keeps its PID namespace's init until it is reaped
        Match counts = Counts().Match(result.Output);
        Assert.That(counts.Success, Is.True, result.Output);
        TestContext.Out.WriteLine($"{watcher} {way}: {counts.Value}");
        Assert.That(int.Parse(counts.Groups[2].Value, CultureInfo.InvariantCulture), Is.Positive, "somebody was seen");
        Assert.That(result.Output[..counts.Index].Trim(), Is.Empty);
    }

    private static bool IsExhaustive => Environment.GetEnvironmentVariable("SOAK") == "1";

    /// <summary>A container of one process that looks when it is told to.</summary>
    private string Watching(Watcher watcher, ulong allowed)
    {
        Bundle bundle = runtime.NewBundle();
        File.Copy(Probe.Program, Path.Combine(bundle.Rootfs, "bin/probe"));
        string tmp = Path.Combine(bundle.Rootfs, "tmp");
        File.SetUnixFileMode(tmp, (UnixFileMode)0x1FF);
        (orders, answers) = (Path.Combine(tmp, "orders"), Path.Combine(tmp, "answers"));
        foreach (string fifo in new[] { orders, answers })
            runtime.Execute(["/usr/bin/mkfifo", "-m", "666", fifo]).Expect(0);
        bool stops = watcher != Watcher.User;
        bundle.Process["args"] = Attack.Array(["probe", "observe", "/tmp/orders", "/tmp/answers",
            allowed.ToString("x", CultureInfo.InvariantCulture), stops ? "stop" : "look",
            Path.Combine(runtime.Work, "secret"), tag, runtime.Root]);
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            if (watcher == Watcher.User)
                bundle.Process["capabilities"]![set] = new JsonArray();
            else
                ((JsonArray)bundle.Process["capabilities"]![set]!).Add((JsonNode)"CAP_SYS_PTRACE");
        if (watcher == Watcher.User)
            bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        if (watcher == Watcher.MappedDebugger)
            bundle.WithUserNamespace();
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        return id;
    }

    private Bundle IntoPodOf(string id)
        => runtime.NewBundle("sleep", "1000").InNamespace("pid", $"/proc/{runtime.Pid(id)}/ns/pid").Write();

    private Result Look(bool old, bool terminal, string[] command)
    {
        List<string> lookout =
        [
            "/usr/bin/env", "-i", "HOST_SECRET=" + tag, Probe.Program, "lookout", IsExhaustive ? "1" : "5", orders, answers,
                old ? "old" : "new",
            runtime.Program, "--log", Path.Combine(runtime.Work, tag + ".log"), "--root", runtime.Root, command[0], "--trace",
            Path.Combine(runtime.Work, tag + ".trace"), .. command[1..],
        ];
        if (!terminal)
            return runtime.Execute(lookout);
        using TestTerminal seat = new();
        return seat.Run(lookout);
    }

    [GeneratedRegex(@"looked (\d+) times, saw somebody (\d+) times, of \d+ calls")]
    private static partial Regex Counts();
}
