using System.Collections.Generic;
using System.IO;
using System.Net.Sockets;
using System.Text.RegularExpressions;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Sockets;

// One message, `standard`, with exactly one descriptor.
internal sealed partial class PidfdSocketTests
{
    [TestCase("create")]
    [TestCase("run", "--detach")]
    public void Whoever_listens_gets_the_pidfd_of_the_init(params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        string id = Runtime.NewId();
        runtime.Run([.. command, "--pidfd-socket", listener.Path, "--bundle", runtime.NewBundle("sleep", "1000").Path, id]).Expect(0);
        using PidFd init = PidFd.Own(TheOne(listener));
        Assert.That(Number(init), Is.EqualTo(runtime.Pid(id)));
        Assert.That(init.WaitExit(0), Is.False);
        runtime.Run("kill", id, "KILL").Expect(0);
        Assert.That(init.WaitExit(10_000), Is.True);
    }

    [Test]
    public void After_start_it_still_stands_for_the_program()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        string id = Runtime.NewId();
        runtime.Run("create", "--pidfd-socket", listener.Path, "--bundle", runtime.NewBundle("sleep", "1000").Path, id).Expect(0);
        using PidFd init = PidFd.Own(TheOne(listener));
        runtime.Run("start", id).Expect(0);
        Assert.That(init.Signal(9), Is.True);
        Assert.That(init.WaitExit(10_000), Is.True);
        Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
    }

    /// <summary>A user namespace by path and a new PID namespace: the first clone is not the init.</summary>
    [Test]
    public void It_is_the_init_where_it_took_two_clones_to_make_it()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        using Listener listener = new(SocketType.Stream);
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000").WithoutSysfs().InNamespace("user", $"/proc/{holder}/ns/user")
            .InNamespace("network", $"/proc/{holder}/ns/net").Write();
        runtime.Run("create", "--pidfd-socket", listener.Path, "--bundle", bundle.Path, id).Expect(0);
        using PidFd init = PidFd.Own(TheOne(listener));
        Assert.That(Number(init), Is.EqualTo(runtime.Pid(id)));
    }

    [Test]
    public void An_exec_tells_of_its_own_process_and_that_it_joined()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "exec.pid");
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        runtime.Run("exec", "--detach", "--pid-file", pidFile, "--pidfd-socket", listener.Path, id, "sleep", "1000").Expect(0);
        using PidFd process = PidFd.Own(TheOne(listener, "setns"));
        Assert.That($"{Number(process)}", Is.EqualTo(File.ReadAllText(pidFile)));
        process.Signal(9);
        Runtime.WaitForEnd(Number(process)); // ours by now; unreaped it keeps the PID namespace's init from ending
        runtime.Run("exec", "--pidfd-socket", "/nothing", id, "touch", "/ran")
            .ExpectError("--pidfd-socket: connect /nothing: no such file or directory", 255);
        runtime.Run("exec", id, "ls", "/ran").Expect(1);
    }

    [Test]
    public void A_path_is_relative_to_where_the_command_was_called()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        string id = Runtime.NewId();
        runtime.Execute(runtime.Command("create", "--pidfd-socket", "socket", "--bundle", runtime.NewBundle("true").Path, id),
            directory: listener.Directory).Expect(0);
        TheOne(listener).Dispose();
    }

    /// <summary>sockaddr_un has room for 107 bytes.</summary>
    [Test]
    public void A_path_may_be_longer_than_a_sockets_address()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream, Path.Combine(new string('a', 100), new string('b', 100), "socket"));
        Assert.That(listener.Path, Has.Length.GreaterThan(200));
        string id = Runtime.NewId();
        runtime.Run("create", "--pidfd-socket", listener.Path, "--bundle", runtime.NewBundle("true").Path, id).Expect(0);
        TheOne(listener).Dispose();
    }

    [TestCase("nothing", "no such file or directory")]
    [TestCase("file", "connection refused")]
    [TestCase("datagrams", "protocol wrong type for socket")]
    public void Where_nobody_listens_nothing_is_made(string name, string error)
    {
        using Runtime runtime = Runtime.Create();
        using Listener datagrams = new(SocketType.Dgram, "datagrams");
        File.WriteAllText(Path.Combine(datagrams.Directory, "file"), "");
        Bundle bundle = runtime.NewBundle("true");
        foreach (string command in new[] { "create", "run" })
            runtime.Run(command, "--pidfd-socket", Path.Combine(datagrams.Directory, name), "--bundle", bundle.Path, Runtime.NewId())
                .ExpectError("--pidfd-socket").ExpectError(error);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void A_listener_that_hangs_up_fails_the_create()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        string hungUp = Path.Combine(runtime.Work, "hung-up");
        Thread thread = new(() =>
        {
            listener.Refuse();
            File.WriteAllText(hungUp, "");
        });
        thread.Start();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = System.Text.Json.Nodes.JsonNode.Parse(
            $$"""{ "createRuntime": [{ "path": "/bin/sh", "args": ["sh", "-c", "while ! [ -e {{hungUp}} ]; do sleep 0.01; done"] }] }""");
        runtime.RunBundle(bundle, "--pidfd-socket", listener.Path).ExpectError("--pidfd-socket").ExpectError("broken pipe");
        thread.Join();
    }

    [Test]
    public void A_create_that_fails_tells_nobody()
    {
        using Runtime runtime = Runtime.Create();
        using Listener listener = new(SocketType.Stream);
        runtime.Run("create", "--pidfd-socket", listener.Path, "--bundle", runtime.NewBundle("/nothing").Path, Runtime.NewId())
            .ExpectError("no such file or directory");
        Assert.That(listener.Accept(), Is.Empty);
    }

    /// <summary>The listener sees the end as soon as create is done: nobody in the container holds the socket.</summary>
    private static Fd TheOne(Listener listener, string text = "standard")
    {
        List<(string Text, Fd[] Fds)> messages = listener.Accept();
        Assert.That(messages, Has.Count.EqualTo(1));
        Assert.That(messages[0].Text, Is.EqualTo(text));
        Assert.That(messages[0].Fds, Has.Length.EqualTo(1));
        return messages[0].Fds[0];
    }

    private static int Number(PidFd process)
        => int.Parse(Pid().Match(File.ReadAllText($"/proc/self/fdinfo/{process.Fd.Number}")).Groups[1].Value,
            System.Globalization.CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^Pid:\s+(\d+)$", RegexOptions.Multiline)]
    private static partial Regex Pid();
}
