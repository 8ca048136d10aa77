using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Hooks;

/// <summary>config.md#posix-platform-hooks and runtime.md#lifecycle.</summary>
internal sealed class HookTests
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    [Test]
    [Must("hooks.order"), Must("hooks.state"), Must("prestart.first"), Must("createContainer.after")]
    [Must("lifecycle.prestart"), Must("lifecycle.createRuntime"), Must("lifecycle.createContainer")]
    [Must("lifecycle.startContainer"), Must("lifecycle.poststart"), Must("lifecycle.poststop")]
    public void Hooks_are_called_in_the_listed_order_with_the_state_on_stdin()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Recording(runtime, out string log);
        bundle.Config["annotations"] = new JsonObject { ["a.b"] = "c" };
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle.Write());
        Assert.That(Names(log),
            Is.EqualTo(new[] { "prestart0", "prestart1", "createRuntime0", "createRuntime1", "createContainer0", "createContainer1" }));
        runtime.Run("start", id).Expect(0);
        Assert.That(Names(log)[6..], Is.EqualTo(new[] { "startContainer0", "startContainer1", "poststart0", "poststart1" }));
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(Names(log), Has.Length.EqualTo(10));
        runtime.Run("delete", id).Expect(0);
        Assert.That(Names(log)[10..], Is.EqualTo(new[] { "poststop0", "poststop1" }));

        string[] status = ["created", "created", "created", "created", "running", "stopped"];
        string?[] pids = [$"{pid}", $"{pid}", "1", "1", $"{pid}", null];
        for (int kind = 0; kind < Kinds.Length; kind++)
        {
            JsonNode state = JsonNode.Parse(File.ReadAllText(Path.Combine(log, Kinds[kind] + "0.state")))!;
            Assert.That((string)state["status"]!, Is.EqualTo(status[kind]), Kinds[kind]);
            Assert.That(state["pid"]?.ToString(), Is.EqualTo(pids[kind]), Kinds[kind]);
            Assert.That((string)state["id"]!, Is.EqualTo(id));
            Assert.That((string)state["bundle"]!, Is.EqualTo(bundle.Path));
            Assert.That((string)state["annotations"]!["a.b"]!, Is.EqualTo("c"));
            Assert.That(state["ociVersion"], Is.Not.Null);
        }
    }

    [Test]
    [Must("prestart.namespace"), Must("createRuntime.namespace"), Must("createContainer.namespace")]
    [Must("startContainer.namespace"), Must("poststart.namespace"), Must("poststop.namespace")]
    public void Each_kind_runs_in_the_namespaces_that_the_table_says()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Recording(runtime, out string log);
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle.Write());
        string init = Init.NamespaceTests.Link(pid, "mount"), ours = Init.NamespaceTests.Link("self", "mount");
        runtime.Run("start", id).Expect(0);
        runtime.Run("delete", "--force", id).Expect(0);
        string[] expected = [ours, ours, init, init, ours, ours];
        for (int kind = 0; kind < Kinds.Length; kind++)
            Assert.That(File.ReadAllText(Path.Combine(log, Kinds[kind] + "0.ns")).Trim(), Is.EqualTo(expected[kind]), Kinds[kind]);
    }

    [Test]
    [Must("createContainer.when"), Must("createContainer.path")]
    public void A_createContainer_hook_sees_the_host_and_the_mounts_of_the_container_and_the_callers_umask()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string seen = Path.Combine(runtime.Work, "seen");
        Hook(bundle, "createContainer",
            $"umask >{seen}; ls -d {bundle.Rootfs}/proc/self {bundle.Rootfs}/dev/null /etc/debian_version >>{seen}");
        Result result = runtime.Execute(["/bin/sh", "-c", "umask 027; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]);
        result.Expect(0);
        Assert.That(File.ReadAllText(seen), Does.StartWith("0027\n").And.Contain("rootfs/proc/self\n").And.Contain("rootfs/dev/null\n"));
    }

    [Test]
    public void The_network_namespace_is_there_for_prestart_hooks()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("readlink", "/proc/self/ns/net");
        string seen = Path.Combine(runtime.Work, "seen");
        // As Docker's libnetwork-setkey does: the pid of the state names the namespace.
        Hook(bundle, "prestart",
            $"pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); readlink /proc/$pid/ns/net >{seen}; cat /proc/$pid/net/fib_trie >>{seen}");
        Result result = runtime.RunBundle(bundle).Expect(0);
        Assert.That(File.ReadAllText(seen), Does.StartWith(result.Output).And.Contain("127.0.0.1"),
            "lo is up: the kernel has given it its address");
    }

    [Test]
    public void A_hook_without_env_inherits_the_runtimes_and_an_empty_env_is_empty()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = new JsonObject
        {
            ["createRuntime"] = new JsonArray(Env(runtime, "absent", null), Env(runtime, "empty", []),
                Env(runtime, "given", ["X=1", "Y=2"])),
            ["createContainer"] = new JsonArray(Env(runtime, "inside", null)),
        };
        runtime.Execute(runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId()),
            environment: ["PATH=/usr/bin", "CALLERS=yes"]).Expect(0);
        string Seen(string name) => File.ReadAllText(Path.Combine(runtime.Work, name)).Replace('\0', '\n');
        Assert.That(Seen("absent"), Does.Contain("CALLERS=yes\n").And.Contain("PATH=/usr/bin\n"));
        Assert.That(Seen("empty"), Does.Not.Contain("CALLERS").And.Not.Contain("PATH"));
        Assert.That(Seen("given"), Does.Contain("X=1\nY=2\n").And.Not.Contain("CALLERS"));
        Assert.That(Seen("inside"), Does.Not.Contain("CALLERS"));
    }

    [Test]
    public void Args_have_the_semantics_of_execv_and_the_path_alone_is_the_default()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string script =
            Script(runtime, "args", $"echo $# \"$@\" >>{runtime.Work}/seen; tr '\\0' ' ' </proc/$$/cmdline >>{runtime.Work}/seen");
        JsonArray hooks = new(new JsonObject { ["path"] = script, ["args"] = new JsonArray("name", "a b", "") },
            new JsonObject { ["path"] = script });
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = hooks };
        runtime.RunBundle(bundle).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "seen")), Does.StartWith("2 a b \n").And.Contain("0\n"));
    }

    [TestCase("prestart")]
    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [Must("lifecycle.prestart-fails"), Must("lifecycle.createRuntime-fails"), Must("lifecycle.createContainer-fails")]
    public void If_a_hook_of_create_fails_there_is_an_error_and_everything_is_undone_and_poststop_runs(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string stopped = Path.Combine(runtime.Work, "stopped"),
            script = Hook(bundle, kind, "echo some words; echo the last words >&2; exit 3");
        Hook(bundle, "poststop", $"cat >{stopped}");
        string id = Runtime.NewId();
        Result result = runtime.Run("create", "--bundle", bundle.Write().Path, id).Expect(1);
        Assert.That(result.Errors, Does.Contain($"error running {kind} hook #0: {script}")
            .Or.Contain($"error running {kind} hook #0: /bin/sh").And.Contain("exit status 3"));
        Assert.That(result.Errors, Does.Contain("the last words").And.Contain(" ms").And.Contain($"/hooks/{kind}/0"));
        Assert.That((string)JsonNode.Parse(File.ReadAllText(stopped))!["status"]!, Is.EqualTo("stopped"));
        runtime.Run("state", id).ExpectError("container does not exist");
    }

    [TestCase("startContainer")]
    [TestCase("poststart")]
    [Must("lifecycle.startContainer-fails"), Must("lifecycle.poststart-fails")]
    public void If_a_hook_of_start_fails_the_container_is_destroyed_and_poststop_runs(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string stopped = Path.Combine(runtime.Work, "stopped");
        Hook(bundle, kind, "echo the last words >&2; exit 3");
        Hook(bundle, "poststop", $"cat >{stopped}");
        string id = Runtime.NewId();
        runtime.CreateContainer(id, bundle.Write());
        Assert.That(File.Exists(stopped), Is.False);
        runtime.Run("start", id).ExpectError($"error running {kind} hook #0").ExpectError("exit status 3").ExpectError("the last words")
            .ExpectError($"/hooks/{kind}/0");
        Assert.That(File.Exists(stopped), Is.True);
        runtime.Run("state", id).ExpectError("container does not exist");
        runtime.RunBundle(bundle).ExpectError($"error running {kind} hook #0");
    }

    [Test]
    [Must("lifecycle.poststop-fails"), Must("warnings.go-on")]
    public void If_a_poststop_hook_fails_a_warning_is_logged_and_the_rest_continue()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string stopped = Path.Combine(runtime.Work, "stopped");
        Hook(bundle, "poststop", "exit 3");
        Hook(bundle, "poststop", $"echo >{stopped}");
        Result result = runtime.RunBundleLogged(bundle).Expect(0);
        Assert.That(result.Errors, Does.Contain("level=warning").And.Contain("poststop hook #0").And.Contain("exit status 3"));
        Assert.That(File.Exists(stopped), Is.True);
    }

    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [TestCase("startContainer")]
    public void A_hook_that_takes_longer_than_its_timeout_is_killed(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        Hook(bundle, kind, "exec sleep 100");
        bundle.Config["hooks"]![kind]![0]!["timeout"] = 1;
        runtime.RunBundle(bundle).ExpectError($"error running {kind} hook #0").ExpectError("timed out after 1");
    }

    [TestCase("createRuntime")]
    [TestCase("startContainer")]
    public void A_hook_that_is_missing_is_an_error(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["hooks"] = new JsonObject { [kind] = new JsonArray(new JsonObject { ["path"] = "/nowhere/hook" }) };
        runtime.RunBundle(bundle).ExpectError("/nowhere/hook").ExpectError("no such file or directory").ExpectError($"/hooks/{kind}/0");
    }

    [Test]
    public void A_hook_need_not_read_its_stdin()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["annotations"] = new JsonObject { ["long"] = new string('x', 500_000) };
        foreach (string kind in Kinds)
            Hook(bundle, kind, "exec 0<&-; exit 0");
        runtime.RunBundle(bundle).Expect(0);
    }

    [Test]
    public void A_hook_that_says_much_does_not_block()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        foreach (string kind in Kinds)
            Hook(bundle, kind, "i=0; while [ $i -lt 5000 ]; do echo 0123456789012345678901234567890123456789; i=$((i+1)); done; exit 0");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.Empty);
    }

    [TestCase("createRuntime", "creating")]
    [TestCase("createContainer", "creating")]
    [TestCase("poststart", "running")]
    public void A_hook_may_ask_for_the_state_meanwhile(string kind, string status)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        string id = Runtime.NewId(), seen = Path.Combine(runtime.Work, "seen");
        Hook(bundle, kind, $"{string.Join(' ', runtime.Command("state", id))} >{seen} 2>&1");
        runtime.CreateContainer(id, bundle.Write());
        runtime.Run("start", id).Expect(0);
        Assert.That(File.ReadAllText(seen), Does.Contain($"\"status\": \"{status}\""));
        runtime.Run("delete", "--force", id).Expect(0);
    }

    [Test]
    public void Hooks_have_the_standard_descriptors_only_and_signals_at_their_defaults()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        foreach (string kind in Kinds)
            Hook(bundle, kind, kind == "startContainer" ? "ls /proc/self/fd >/fds"
                : $"ls /proc/self/fd >{runtime.Work}/{kind}; grep ^Sig[BI] /proc/self/status >>{runtime.Work}/{kind}");
        runtime.RunBundle(bundle).Expect(0);
        foreach (string kind in Kinds)
            if (kind == "startContainer")
                Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "fds")), Is.EqualTo("0\n1\n2\n3\n"));
            else
                Assert.That(File.ReadAllText(Path.Combine(runtime.Work, kind)),
                    Is.EqualTo("0\n1\n2\n3\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000000\n"), kind);
    }

    /// <summary>Two hooks of each kind that write down their state, their mount namespace and their turn.</summary>
    private static Bundle Recording(Runtime runtime, out string log)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        log = Path.Combine(runtime.Work, "log");
        Directory.CreateDirectory(log);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "log"));
        bundle.Mounting("/log", "bind", log, "bind");
        foreach (string kind in Kinds)
            for (int i = 0; i < 2; i++)
            {
                string to = kind == "startContainer" ? "/log" : log;
                Hook(bundle, kind,
                    $"cat >{to}/{kind}{i}.state; readlink /proc/self/ns/mnt >{to}/{kind}{i}.ns; echo {kind}{i} >>{to}/order");
            }
        return bundle;
    }

    private static string[] Names(string log) => File.ReadAllLines(Path.Combine(log, "order"));

    /// <summary>Adds a hook that is a shell's script; the program that runs.</summary>
    private static string Hook(Bundle bundle, string kind, string script)
    {
        JsonObject hooks = bundle.Config["hooks"] as JsonObject ?? [];
        bundle.Config["hooks"] = hooks.Parent is null ? hooks : bundle.Config["hooks"];
        if (hooks[kind] is not JsonArray)
            hooks[kind] = new JsonArray();
        ((JsonArray)hooks[kind]!).Add((JsonNode)new JsonObject
        {
            ["path"] = "/bin/sh",
            ["args"] = new JsonArray("sh", "-c", script),
            ["env"] = new JsonArray("PATH=/usr/bin:/bin:/usr/sbin:/sbin"),
        });
        return "/bin/sh";
    }

    private static string Script(Runtime runtime, string name, string script)
    {
        string path = Path.Combine(runtime.Work, name);
        File.WriteAllText(path, "#!/bin/sh\n" + script + "\n");
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
        return path;
    }

    private static JsonObject Env(Runtime runtime, string name, string[]? env)
    {
        JsonObject hook = new()
        {
            ["path"] = "/usr/bin/cp",
            ["args"] = new JsonArray("cp", "/proc/self/environ", Path.Combine(runtime.Work, name))
        };
        if (env is not null)
            hook["env"] = new JsonArray([.. Array.ConvertAll<string, JsonNode>(env, e => e)]);
        return hook;
    }
}
