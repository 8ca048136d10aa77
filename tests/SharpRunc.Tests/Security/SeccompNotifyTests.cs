using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Security;

/// <summary>config-linux.md#seccomp: SCMP_ACT_NOTIFY, with an agent that decides.</summary>
internal sealed class SeccompNotifyTests
{
    private const int Enospc = 28;

    [TestCase(true)]
    [TestCase(false)]
    [Must("seccomp.listener-socket"), Must("seccomp.seccompFd"), Must("notify.json")]
    public void Who_listens_decides_on_the_call(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(Enospc);
        agent.Serve(1);
        Bundle bundle = Notifying(runtime, agent.Path, noNewPrivileges, "mkdir").Says("mkdir /tmp/x; grep Seccomp: /proc/self/status");
        Result result = runtime.RunBundle(bundle).Expect(0);
        Assert.That(result.Errors, Does.Contain("No space left"));
        Assert.That(result.Output, Does.Contain("Seccomp:\t2"));
        Assert.That(agent.Held, Is.EqualTo(new[] { 83 })); // mkdir(2) on x86_64
    }

    [Test]
    public void What_the_listener_lets_pass_is_done()
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(error: 0);
        agent.Serve(1);
        Bundle bundle = Notifying(runtime, agent.Path, true, "mkdir").Says("mkdir /tmp/x && ls -d /tmp/x");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/tmp/x\n"));
    }

    /// <summary>
    /// What the runtime itself does behind the filter is held as the container's own calls are, and the listener is there by then.
    /// </summary>
    [TestCase(true)]
    [TestCase(false)]
    public void The_runtimes_own_calls_may_be_held(bool noNewPrivileges)
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(error: 0);
        agent.Serve(1);
        Bundle bundle = Notifying(runtime, agent.Path, noNewPrivileges, "read", "close", "execve", "prctl", "capset", "setresuid",
            "rt_sigprocmask", "chdir").Says("echo done");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("done\n"));
        Assert.That(agent.Held, Does.Contain(59).And.Contain(0)); // execve, read
    }

    [Test]
    [Must("seccomp.listener-once"), Must("seccomp.listener-reuse"), Must("seccomp.listener-closed"), Must("notify.first")]
    [Must("notify.ociVersion"), Must("notify.pid"), Must("notify.state")]
    public void One_state_a_connection_says_whose_filter_it_is_of_a_container_and_of_an_exec()
    {
        using Runtime runtime = Runtime.Create();
        List<JsonElement> told;
        string id = Runtime.NewId(), pidFile = Path.Combine(runtime.Work, "pid");
        int init;
        Bundle bundle;
        using (SeccompAgent agent = new(Enospc))
        {
            told = agent.Serve(2); // which takes one message with one descriptor, and then the end
            bundle = Notifying(runtime, agent.Path, true, "mkdir").Says("sleep 1000");
            bundle.Config["annotations"] = new JsonObject { ["org.example.a"] = "b" };
            ((JsonObject)bundle.Linux["seccomp"]!)["listenerMetadata"] = "MKDIR=/x";
            bundle.Write();
            runtime.StartContainer(id, bundle);
            init = runtime.Pid(id);
            Assert.That(runtime.Run("exec", "--pid-file", pidFile, id, "mkdir", "/tmp/y").Expect(1).Errors, Does.Contain("No space left"));
            runtime.Run("delete", "--force", id).Expect(0);
        }
        Assert.Multiple(() =>
        {
            for (int i = 0; i < 2; i++)
            {
                JsonElement state = told[i].GetProperty("state");
                int pid = i == 0 ? init : int.Parse(File.ReadAllText(pidFile), System.Globalization.CultureInfo.InvariantCulture);
                Assert.That(told[i].GetProperty("ociVersion").GetString(), Is.EqualTo("1.3.0"));
                Assert.That(told[i].GetProperty("fds").GetRawText(), Is.EqualTo("[\"seccompFd\"]"));
                Assert.That(told[i].GetProperty("pid").GetInt32(), Is.EqualTo(pid));
                Assert.That(told[i].GetProperty("metadata").GetString(), Is.EqualTo("MKDIR=/x"));
                Assert.That(state.GetProperty("ociVersion").GetString(), Is.EqualTo("1.3.0"));
                Assert.That(state.GetProperty("id").GetString(), Is.EqualTo(id));
                Assert.That(state.GetProperty("status").GetString(), Is.EqualTo(i == 0 ? "creating" : "running"));
                Assert.That(state.GetProperty("pid").GetInt32(), Is.EqualTo(init));
                Assert.That(state.GetProperty("bundle").GetString(), Is.EqualTo(bundle.Path));
                Assert.That(state.GetProperty("annotations").GetProperty("org.example.a").GetString(), Is.EqualTo("b"));
            }
        });
    }

    [TestCase("nothing")]
    [TestCase("file")]
    [Must("seccomp.listener-error")]
    public void Where_nobody_listens_create_fails_and_leaves_nothing(string name)
    {
        using Runtime runtime = Runtime.Create();
        File.WriteAllText(Path.Combine(runtime.Work, "file"), "");
        Bundle bundle = Notifying(runtime, Path.Combine(runtime.Work, name), true, "mkdir");
        runtime.Run("create", "--bundle", bundle.Write().Path, Runtime.NewId())
            .ExpectError("cannot announce the container to the seccomp listener").ExpectError(name);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }

    [Test]
    public void A_listener_that_no_rule_asks_for_is_not_called()
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(Enospc);
        Bundle bundle = Notifying(runtime, agent.Path, true, "mkdir").Says("true");
        ((JsonObject)bundle.Linux["seccomp"]!["syscalls"]![0]!)["action"] = "SCMP_ACT_LOG";
        runtime.RunBundle(bundle).Expect(0);
        Assert.That(agent.IsCalled, Is.False);
    }

    [Test]
    public void A_listener_may_lie_in_the_bundle()
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(Enospc);
        agent.Serve(1);
        Bundle bundle = Notifying(runtime, "agent/socket", true, "mkdir").Says("mkdir /tmp/x");
        Directory.CreateSymbolicLink(Path.Combine(bundle.Path, "agent"), agent.Directory);
        runtime.RunBundle(bundle).Expect(1);
    }

    [Test]
    public void In_a_user_namespace_and_behind_a_second_clone_the_pid_is_that_of_the_process()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        List<JsonElement> told;
        int pid;
        using (SeccompAgent agent = new(Enospc))
        {
            told = agent.Serve(1);
            Bundle bundle = Notifying(runtime, agent.Path, true, "mkdir").WithoutSysfs().InNamespace("user", $"/proc/{holder}/ns/user")
                .InNamespace("network", $"/proc/{holder}/ns/net").Write();
            string id = Runtime.NewId();
            runtime.Run("create", "--bundle", bundle.Path, id).Expect(0);
            pid = runtime.Pid(id);
            foreach (string fd in Directory.GetFiles($"/proc/{pid}/fd"))
                Assert.That(new FileInfo(fd).LinkTarget, Does.Not.Contain("seccomp"));
            runtime.Run("delete", "--force", id).Expect(0);
        }
        Assert.That(told[0].GetProperty("pid").GetInt32(), Is.EqualTo(pid));
    }

    [Test]
    public void A_caller_that_waits_may_be_told_to_wait_killably()
    {
        using Runtime runtime = Runtime.Create();
        using SeccompAgent agent = new(Enospc);
        agent.Serve(1);
        Bundle bundle = Notifying(runtime, agent.Path, true, "mkdir").Says("mkdir /tmp/x");
        ((JsonObject)bundle.Linux["seccomp"]!)["flags"] = new JsonArray("SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV");
        Assert.That(runtime.RunBundle(bundle).Expect(1).Errors, Does.Contain("No space left"));
    }

    private static Bundle Notifying(Runtime runtime, string listener, bool noNewPrivileges, params string[] calls)
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["noNewPrivileges"] = noNewPrivileges;
        bundle.Linux["seccomp"] = new JsonObject
        {
            ["defaultAction"] = "SCMP_ACT_ALLOW",
            ["listenerPath"] = listener,
            ["syscalls"] =
                new JsonArray(new JsonObject
                {
                    ["names"] = new JsonArray([.. System.Array.ConvertAll<string, JsonNode>(calls, c => c)]),
                    ["action"] = "SCMP_ACT_NOTIFY"
                }),
        };
        return bundle;
    }
}
