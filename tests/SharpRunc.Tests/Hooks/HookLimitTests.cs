using System;
using System.Diagnostics;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Hooks;

/// <summary>config.md#posix-platform-hooks: a timeout of every kind, the environment without env, and where a hook begins.</summary>
internal sealed class HookLimitTests
{
    [TestCase("prestart")]
    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [TestCase("startContainer")]
    [TestCase("poststart")]
    public void A_hook_of_any_kind_that_takes_longer_than_its_timeout_is_killed_and_the_container_with_it(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Hooked(runtime, kind, "echo >$0; exec sleep 1000", timeout: 1);
        string id = Runtime.NewId();
        long started = Stopwatch.GetTimestamp();
        runtime.Run("run", "--bundle", bundle.Write().Path, id).ExpectError($"error running {kind} hook #0")
            .ExpectError("timed out after 1").ExpectError($"/hooks/{kind}/0");
        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(30)));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "shared/seen")) || File.Exists(Path.Combine(runtime.Work, "seen")), "it ran");
        runtime.Run("state", id).ExpectError("container does not exist");
    }

    [Test]
    [Must("lifecycle.poststop-fails")]
    public void A_poststop_hook_that_takes_longer_than_its_timeout_is_killed_with_a_warning()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Hooked(runtime, "poststop", "exec sleep 1000", timeout: 1);
        Assert.That(runtime.RunBundleLogged(bundle).Expect(0).Errors,
            Does.Contain("level=warning").And.Contain("poststop hook #0").And.Contain("timed out after 1"));
    }

    [Test]
    public void A_startContainer_hook_without_env_has_the_programs_and_in_the_containers_root_it_begins()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Hooked(runtime, "startContainer", "pwd >$0; cat /proc/self/environ >>$0");
        ((JsonArray)bundle.Process["env"]!).Add("OF=the container");
        bundle.Process["cwd"] = "/tmp";
        runtime.Execute(runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId()),
            environment: ["PATH=/usr/bin", "CALLERS=yes"]).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "seen")),
            Does.Contain("OF=the container\0").And.Not.Contain("CALLERS").And.StartWith("/"));
    }

    [TestCase("prestart")]
    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [TestCase("poststart")]
    [TestCase("poststop")]
    public void A_hook_on_the_host_begins_in_the_bundle(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Hooked(runtime, kind, "pwd >$0");
        runtime.RunBundle(bundle).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "seen")), Is.EqualTo(bundle.Path + "\n").Or.EqualTo(bundle.Rootfs + "\n"));
    }

    /// <summary>One hook without env, a shell's script; $0 is a file of the test's that it can write.</summary>
    private static Bundle Hooked(Runtime runtime, string kind, string script, int? timeout = null)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", kind == "poststart" ? "sleep 3" : "true");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "shared"));
        bundle.Mounting("/shared", "bind", runtime.Work, "bind");
        JsonObject hook = new()
        {
            ["path"] = "/bin/sh",
            ["args"] = new JsonArray("sh", "-c", script, kind == "startContainer" ? "/shared/seen" : Path.Combine(runtime.Work, "seen"))
        };
        if (timeout is not null)
            hook["timeout"] = timeout;
        bundle.Config["hooks"] = new JsonObject { [kind] = new JsonArray(hook) };
        return bundle;
    }
}
