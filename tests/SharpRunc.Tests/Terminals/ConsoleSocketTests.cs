using System.IO;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Terminals;

/// <summary>--console-socket.</summary>
internal sealed class ConsoleSocketTests
{
    [Test]
    public void The_listener_gets_the_masters_name_and_descriptor_when_create_returns()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, WithTerminal(runtime, "cat").Write(), "--console-socket", listener.Path);
        using TestTerminal terminal = listener.Accept(out string name);
        Assert.That(name, Is.EqualTo("/dev/pts/0"));
        Assert.That(File.ResolveLinkTarget($"/proc/{pid}/fd/0", false)!.FullName, Is.EqualTo("/dev/pts/0"));
        runtime.Run("start", id).Expect(0);
        terminal.Type("ping\n");
        Assert.That(terminal.ReadUntil("ping\nping\n"), Is.EqualTo("ping\nping\n"), "echoed, and said by cat");
        terminal.Type("\x04");
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void A_detached_run_hands_it_over_too()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        runtime.RunBundle(WithTerminal(runtime, "echo", "hello"), "--detach", "--console-socket", listener.Path).Expect(0);
        using TestTerminal terminal = listener.Accept();
        terminal.ReadUntil("hello\n");
    }

    [Test]
    public void The_process_is_hung_up_when_nobody_holds_the_master()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, WithTerminal(runtime, "sh", "-c",
            "trap 'exit 3' HUP; echo ready; while :; do sleep 0.05; done").Write(), "--console-socket", listener.Path);
        using (TestTerminal terminal = listener.Accept())
        {
            runtime.Run("start", id).Expect(0);
            terminal.ReadUntil("ready\n");
        }
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
    }

    [TestCase("create")]
    [TestCase("run", "--detach")]
    public void A_terminal_without_a_socket_is_refused_where_we_do_not_stay(params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        Refused(runtime, WithTerminal(runtime, "true"), "cannot allocate tty if sharprunc will detach without setting console socket",
            command);
    }

    [TestCase(true, "run")]
    [TestCase(false, "run")]
    [TestCase(false, "run", "--detach")]
    [TestCase(false, "create")]
    public void A_socket_is_refused_where_no_terminal_is_handed_over(bool terminal, params string[] command)
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["terminal"] = terminal;
        Refused(runtime, bundle, "cannot use console socket if sharprunc will not detach or allocate tty",
            [.. command, "--console-socket", listener.Path]);
        listener.ExpectNothing();
    }

    [Test]
    public void Its_path_may_be_relative_to_where_the_command_is_called()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        runtime.Execute(runtime.Command("create", "--bundle", WithTerminal(runtime, "true").Write().Path, "--console-socket",
            Path.GetFileName(listener.Path), id), Path.GetDirectoryName(listener.Path)).Expect(0);
        listener.Accept().Dispose();
    }

    [Test]
    public void A_container_without_a_process_has_no_terminal()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config.Remove("process");
        Refused(runtime, bundle, "cannot use console socket", "create", "--console-socket", listener.Path);
    }

    [TestCase("missing", "no such file or directory")]
    [TestCase("file", "connection refused")]
    [TestCase("silent", "connection refused")]
    [TestCase("long", "no such file or directory")]
    [TestCase("empty", "")]
    public void A_socket_that_nobody_listens_on_is_a_clear_error(string kind, string error)
    {
        using Runtime runtime = Runtime.Create();
        using Socket silent = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        string path = Path.Combine(runtime.Work, "socket");
        switch (kind)
        {
            case "file":
                File.WriteAllText(path, "");
                break;
            case "silent":
                silent.Bind(new UnixDomainSocketEndPoint(path));
                break;
            case "long":
                path += new string('x', 108);
                break;
            case "empty":
                path = "";
                break;
        }
        Refused(runtime, WithTerminal(runtime, "true"), error, "create", "--console-socket", path);
    }

    [Test]
    public void A_create_that_fails_sends_nothing_or_leaves_nothing()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = WithTerminal(runtime, "/missing");
        Refused(runtime, bundle, "/missing", "create", "--console-socket", listener.Path);
    }

    [Test]
    public void Hooks_do_not_get_the_terminal()
    {
        using Runtime runtime = Runtime.Create();
        using ConsoleListener listener = new();
        Bundle bundle = WithTerminal(runtime, "true");
        bundle.Config["hooks"] = new JsonObject
        {
            ["startContainer"] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", "(readlink /proc/self/fd/0; readlink /proc/self/fd/2) >/hook")
            }),
        };
        string id = Runtime.NewId();
        runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, id).Expect(0);
        using TestTerminal terminal = listener.Accept();
        runtime.Run("start", id).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "hook")), Does.Not.Contain("pts"));
    }

    private static Bundle WithTerminal(Runtime runtime, params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        bundle.Process["terminal"] = true;
        return bundle;
    }

    private static void Refused(Runtime runtime, Bundle bundle, string error, params string[] command)
    {
        runtime.Run([.. command, "--bundle", bundle.Write().Path, Runtime.NewId()]).ExpectError(error);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }
}
