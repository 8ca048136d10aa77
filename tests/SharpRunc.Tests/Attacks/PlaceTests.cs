using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Places and files that another user may have prepared.</summary>
internal sealed class PlaceTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    [TestCase("755", 0u, 0u, true)]
    [TestCase("700", 0u, 0u, true)]
    [TestCase("1777", 0u, 0u, true)]
    [TestCase("1777", 0u, 1000u, true)]
    [TestCase("775", 0u, 0u, true)]
    [TestCase("777", 0u, 0u, false)]
    [TestCase("702", 0u, 0u, false)]
    [TestCase("775", 0u, 1000u, false)]
    [TestCase("755", 1000u, 0u, false)]
    [TestCase("1777", 1000u, 0u, false)]
    public void A_state_root_that_another_user_owns_or_may_write_to_is_refused(string mode, uint uid, uint gid, bool isTaken)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("true");
        runtime.Run("create", "--bundle", bundle.Path, id).Expect(0);
        Give(runtime.Root, mode, uid, gid);
        foreach (string[] command in new string[][] { ["list"], ["state", id], ["kill", id, "0"],
            ["run", "--bundle", bundle.Path, Runtime.NewId()] })
        {
            Result result = runtime.Run(command);
            if (isTaken)
                result.Expect(command[0] == "run" ? result.ExitCode : 0);
            else
                result.ExpectError("the state root " + runtime.Root);
        }
        Give(runtime.Root, "755", 0, 0);
    }

    /// <summary>The hooks of its config.json would be called.</summary>
    [TestCase("1000:0", "711", "belongs to user 1000")]
    [TestCase("0:0", "1777", "can be written to by other users")]
    [TestCase("0:1000", "775", "can be written to by other users")]
    public void A_container_that_another_user_put_into_a_sticky_state_root_is_refused(string owner, string mode, string error)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), hooked = Path.Combine(runtime.Work, "hooked"), place = Path.Combine(runtime.Root, id);
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = JsonNode.Parse($$"""{ "poststop": [{ "path": "/bin/touch", "args": ["touch", "{{hooked}}"] }] }""");
        runtime.Run("create", "--bundle", bundle.Write().Path, id).Expect(0);
        Give(runtime.Root, "1777", 0, 0);
        runtime.Execute(["/bin/chown", owner, place]).Expect(0);
        runtime.Execute(["/bin/chmod", mode, place]).Expect(0);
        foreach (string[] command in new string[][] { ["state", id], ["start", id], ["kill", id, "0"], ["delete", "--force", id],
            ["ps", id], ["pause", id] })
            runtime.Run(command).ExpectError(error);
        Result list = runtime.Run("list", "--quiet");
        Assert.That(list.Output, Is.Empty);
        Assert.That(list.Errors, Does.Contain(error));
        Assert.That(File.Exists(hooked), Is.False);
        runtime.Execute(["/bin/chown", "0:0", place]).Expect(0);
        runtime.Execute(["/bin/chmod", "711", place]).Expect(0);
        Give(runtime.Root, "755", 0, 0);
        runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(File.Exists(hooked));
    }

    /// <summary>Whoever may take the state root away can put a link there to a directory of root's, such as one from an image.</summary>
    [Test]
    public void A_state_root_that_another_user_can_exchange_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        Give(runtime.Work, "777", 0, 0);
        runtime.Run("list").ExpectError("the state root's directory");
        Give(runtime.Work, "1777", 0, 0);
        runtime.Run("list").Expect(0);
        Directory.Move(runtime.Root, runtime.Root + ".own");
        File.CreateSymbolicLink(runtime.Root, runtime.Root + ".own");
        runtime.Run("list").Expect(0);
        runtime.Execute(["/bin/chown", "-h", "1000", runtime.Root]).Expect(0);
        runtime.Run("list").ExpectError("belongs to user 1000");
        File.Delete(runtime.Root);
        Directory.Move(runtime.Root + ".own", runtime.Root);
        Give(runtime.Work, "755", 0, 0);
    }

    /// <summary>Whoever can exchange a directory has all that is below, however far.</summary>
    [TestCase("777", 0u, "a directory above the state root, ")]
    [TestCase("1777", 1000u, "belongs to user 1000")]
    [TestCase("755", 1000u, null)]
    public void A_state_root_far_below_a_directory_that_others_can_exchange_is_refused(string mode, uint owner, string? error)
    {
        using Runtime runtime = Runtime.Create();
        string place = Path.Combine(runtime.Work, "place"), theirs = Path.Combine(place, "theirs"), root = Path.Combine(theirs, "a/b/root");
        Directory.CreateDirectory(root);
        Give(theirs, "755", owner, 0);
        Give(place, mode, 0, 0);
        Result result = runtime.Execute([runtime.Program, "--root", root, "list"]);
        Result missing = runtime.Execute([runtime.Program, "--root", root + "/new/er", "run", "--bundle", runtime.NewBundle("true").Path,
            Runtime.NewId()]);
        foreach (Result tried in new[] { result, missing })
            if (error is null)
                tried.Expect(0);
            else
                tried.ExpectError(error);
        Assert.That(Directory.Exists(root + "/new"), Is.EqualTo(error is null));
    }

    [Test]
    public void A_log_that_another_user_put_into_a_sticky_directory_is_not_written_to([Values] bool isLink)
    {
        using Runtime runtime = Runtime.Create();
        string place = Path.Combine(runtime.Work, "place"), log = Path.Combine(place, "log"), target = Path.Combine(runtime.Work, "target");
        Directory.CreateDirectory(place);
        File.WriteAllText(target, "");
        if (isLink)
            File.CreateSymbolicLink(log, target);
        else
            File.WriteAllText(log, "");
        runtime.Execute(["/bin/chown", "-h", "1000", log]).Expect(0);
        Give(place, "1777", 0, 0);
        runtime.Run("--log", log, "state", "missing").ExpectError("the log " + log + " belongs to user 1000");
        Assert.That((File.ReadAllText(log), File.ReadAllText(target)), Is.EqualTo(("", "")));
    }

    /// <summary>
    /// Between the look at the entry and its opening another user can make a link there; of the caller's own link he can make nothing.
    /// </summary>
    [TestCase("missing"), TestCase("file"), TestCase("link")]
    public void A_log_in_a_directory_of_everybodys_is_not_opened_through_another_users_link(string kind)
    {
        using Runtime runtime = Runtime.Create();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "tmp")).FullName, log = Path.Combine(place, "log");
        File.SetUnixFileMode(place, (UnixFileMode)0x3FF); // 1777
        if (kind == "file")
            File.WriteAllText(log, "");
        else if (kind == "link")
            File.CreateSymbolicLink(log, Path.Combine(runtime.Work, "real"));
        List<Strace.Call> calls = Strace.TraceAll(runtime, runtime.Command("--log", log, "list"))[0];
        Strace.Call opened =
            calls.FindLast(call => call.Name == "openat" && call.Arguments.Contains("O_APPEND"))!;
        Assert.That(opened.Arguments, Does.Contain("O_NOFOLLOW").And.Contain(kind == "link" ? "\"real\"" : "\"log\""));
        Assert.That(opened.Arguments, Does.Not.Contain("AT_FDCWD"), "what is above could be exchanged, too");
    }

    [Test]
    public void An_ordinary_user_takes_no_other_users_state_root()
    {
        using Runtime runtime = Runtime.CreateForUser();
        runtime.Run("list").Expect(0);
        Give(runtime.Root, "755", 12345, 12345);
        runtime.Run("list").ExpectError("belongs to user");
        Give(runtime.Root, "755", 0, 0);
        runtime.Run("list").Expect(0);
        runtime.User!.Own(runtime.Root);
    }

    /// <summary>XDG_RUNTIME_DIR is what the environment says.</summary>
    [TestCase("777", "the state root's directory")]
    [TestCase("700", null)]
    public void An_ordinary_users_runtime_directory_that_others_may_write_to_is_refused(string mode, string? error)
    {
        using Runtime runtime = Runtime.CreateForUser();
        string place = Directory.CreateDirectory(Path.Combine(runtime.Work, "runtime")).FullName;
        runtime.User!.Own(place);
        runtime.Execute(["/bin/chmod", mode, place]).Expect(0);
        Result result = runtime.Execute(runtime.User.Command(["/usr/bin/env", "XDG_RUNTIME_DIR=" + place, runtime.Program, "list"]));
        if (error is null)
            result.Expect(0);
        else
            result.ExpectError(error);
    }

    [TestCase("--console-socket", "the console socket's directory")]
    [TestCase("--pidfd-socket", "the pidfd socket's directory")]
    public void A_sockets_directory_that_others_may_write_to_is_refused(string flag, string name)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["terminal"] = flag == "--console-socket";
        string place = Path.Combine(runtime.Work, "place");
        Directory.CreateDirectory(place);
        using Fd directory = Sys.OpenAt(Fd.Cwd, place, O_PATH | O_DIRECTORY), listener = UnixSocket.Bind(directory, "socket", SOCK_STREAM);
        foreach ((string mode, uint uid) in new[] { ("777", 0u), ("755", 1000u) })
        {
            Give(place, mode, uid, 0);
            runtime.Run("create", flag, place + "/socket", "--bundle", bundle.Write().Path, Runtime.NewId()).ExpectError(name);
        }
        Give(place, "1777", 0, 0);
        foreach (string owner in new[] { "1000", "0" })
        {
            runtime.Execute(["/bin/chown", owner, place + "/socket"]).Expect(0);
            Result result = runtime.Run("create", flag, place + "/socket", "--bundle", bundle.Path, Runtime.NewId());
            Assert.That(result.Errors.Contains($"socket {place}/socket belongs to user 1000", StringComparison.Ordinal),
                Is.EqualTo(owner != "0"), result.Errors);
        }
        Assert.That(runtime.Run("create", flag, place + "/socket", "--bundle", bundle.Path, Runtime.NewId()).Errors,
            Does.Not.Contain(name));
    }

    [Test]
    public void A_FIFO_is_refused_and_not_waited_for(
        [Values("config.json", "--process", "--resources", "--pid-file", "exec --pid-file", "--log")] string what,
            [Values("FIFO", "device")] string kind)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), place = Path.Combine(runtime.Work, "place");
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.StartContainer(id, bundle);
        if (what == "config.json")
            File.Delete(place = bundle.ConfigFile);
        Sys.TryMknodAt(Fd.Cwd, place, (kind == "FIFO" ? S_IFIFO : S_IFCHR) | 0x180, kind == "FIFO" ? 0 : 0x105u /* 1:5, zero */);
        string[] command = what switch
        {
            "config.json" => ["create", "--bundle", bundle.Path, Runtime.NewId()],
            "--process" => ["exec", "--process", place, id],
            "--resources" => ["update", "--resources", place, id],
            "--pid-file" => ["create", "--bundle", bundle.Path, "--pid-file", place, Runtime.NewId()],
            "exec --pid-file" => ["exec", "-d", "--pid-file", place, id, "true"],
            _ => ["--log", place, "list"],
        };
        string errors = Path.Combine(runtime.Work, "errors");
        int exit = Child.Start(runtime.Command(command), errors: errors).Wait(Limit);
        Assert.That(exit, Is.EqualTo(command[0] == "exec" ? 255 : 1));
        Assert.That(File.ReadAllText(errors), Does.Contain("must be a file").Or.Contain("is not a file"));
        Assert.That(Directory.GetDirectories(runtime.Root), Has.Length.EqualTo(1));
        File.Delete(place);
        bundle.Write();
    }

    /// <summary>What a shell makes of `&lt;(…)`, and what is /dev/stdin behind a pipe.</summary>
    [Test]
    public void A_pipe_that_is_open_already_is_read()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        runtime.StartContainer(id, runtime.NewBundle("sleep", "1000"));
        string me = $"{runtime.Program} --root {runtime.Root}";
        const string process = """{ "args": ["/bin/echo", "hello"], "cwd": "/", "user": { "uid": 0, "gid": 0 } }""";
        Assert.That(runtime.Execute(["/bin/bash", "-c", $"{me} exec --process <(echo '{process}') {id}"]).Expect(0).Output,
            Is.EqualTo("hello\n"));
        foreach (string stdin in new[] { "-", "/dev/stdin", "/proc/self/fd/0" })
            runtime.Execute(["/bin/bash", "-c", $"echo '{{\"pids\": {{\"limit\": 77}}}}' | {me} update -r {stdin} {id}"]).Expect(0);
    }

    [TestCase("/dev/null")]
    [TestCase("/dev/stderr")]
    [TestCase("/dev/stdout")]
    public void What_users_name_as_a_log_is_taken(string log)
    {
        using Runtime runtime = Runtime.Create();
        runtime.Execute(["/bin/bash", "-c", $"set -o pipefail; {runtime.Program} --root {runtime.Root} --log {log} list 2>&1 | cat"])
            .Expect(0);
        using TestTerminal terminal = new();
        terminal.Run(runtime.Command("--log", log, "list")).Expect(0);
    }

    internal static void Give(string path, string mode, uint uid, uint gid)
    {
        using Fd directory = Sys.OpenAt(Fd.Cwd, path, O_RDONLY | O_DIRECTORY);
        Sys.TryFchown(directory, uid, gid);
        Sys.Fchmod(directory, Convert.ToUInt32(mode, 8));
    }
}
