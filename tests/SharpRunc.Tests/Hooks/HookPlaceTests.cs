using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Hooks;

/// <summary>config.md#posix-platform-hooks: where a hook's path is looked up, in which namespaces it runs, and when.</summary>
internal sealed class HookPlaceTests
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    [Test]
    [Must("prestart.path"), Must("createRuntime.path"), Must("createContainer.path"), Must("startContainer.path"), Must("poststart.path"),
        Must("poststop.path")]
    public void A_path_MUST_resolve_on_the_host_and_of_startContainer_in_the_container()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Sharing(runtime, "true");
        foreach (string kind in Kinds)
        {
            // The host's is nowhere in the container, and the container's nowhere on the host.
            bool inside = kind == "startContainer";
            string path = inside ? "/opt/only-here" : Path.Combine(runtime.Work, kind + ".sh"), file = inside ? bundle.Rootfs + path : path;
            Directory.CreateDirectory(Path.GetDirectoryName(file)!);
            File.WriteAllText(file, $"#!/bin/sh\necho >{(inside ? "/shared" : runtime.Work)}/{kind}\n");
            File.SetUnixFileMode(file, (UnixFileMode)0x1ED);
            Add(bundle, kind, path);
        }
        runtime.RunBundle(bundle).Expect(0);
        foreach (string kind in Kinds)
            Assert.That(File.Exists(Path.Combine(runtime.Work, kind)), kind);
    }

    [Test]
    [Must("prestart.namespace"), Must("createRuntime.namespace"), Must("createContainer.namespace")]
    [Must("startContainer.namespace"), Must("poststart.namespace"), Must("poststop.namespace")]
    public void A_hook_MUST_be_executed_in_every_namespace_of_the_runtime_or_of_the_container()
    {
        string[] types = ["mount", "network", "uts", "ipc", "pid", "cgroup"];
        string links = string.Join(' ', System.Array.ConvertAll(types, type => "/proc/self/ns/" + Init.NamespaceTests.File(type)));
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Sharing(runtime, "sleep", "1000").InNamespace("cgroup");
        foreach (string kind in Kinds)
            Add(bundle, kind, "/bin/sh", "sh", "-c",
                $"for ns in {links}; do readlink $ns; done >{(kind == "startContainer" ? "/shared" : runtime.Work)}/{kind}");
        string id = Runtime.NewId();
        int pid = runtime.StartContainer(id, bundle);
        string[] ours = System.Array.ConvertAll(types, type => Init.NamespaceTests.Link("self", type)),
            its = System.Array.ConvertAll(types, type => Init.NamespaceTests.Link(pid, type));
        Assert.That(its, Has.None.AnyOf(ours));
        runtime.Run("delete", "--force", id).Expect(0);
        foreach (string kind in Kinds)
            Assert.That(File.ReadAllLines(Path.Combine(runtime.Work, kind)),
                Is.EqualTo(kind is "createContainer" or "startContainer" ? its : ours), kind);
    }

    /// <summary>A program of the host's with root's privileges: who may trace it there would have both.</summary>
    [Test]
    public void Who_is_in_a_pod_does_not_see_the_hooks_of_its_next_container([Values] bool userNamespace)
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId(), member = Runtime.NewId();
        Bundle holder = runtime.NewBundle("sleep", "1000");
        int pid = runtime.StartContainer(id, userNamespace ? holder.MapsUsers() : holder);
        string ours = Init.NamespaceTests.Link("self", "pid"), its = Init.NamespaceTests.Link(pid, "pid");
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("pid", $"/proc/{pid}/ns/pid");
        if (userNamespace)
            bundle.InNamespace("user", $"/proc/{pid}/ns/user");
        Add(bundle, "createContainer", "/bin/sh", "sh", "-c", $"[ \"$(readlink /proc/self/ns/pid)\" "
            + $"= '{ours}' ] && [ \"$(readlink /proc/self/ns/mnt)\" != '{Init.NamespaceTests.Link("self", "mount")}' ]");
        Assert.That(Init.NamespaceTests.Link(runtime.StartContainer(member, bundle), "pid"), Is.EqualTo(its).And.Not.EqualTo(ours));
        runtime.Run("delete", "--force", member).Expect(0);
        Leftovers.Reap();
    }

    [TestCase("prestart")]
    [TestCase("createRuntime")]
    [TestCase("createContainer")]
    [Must("prestart.when"), Must("createRuntime.when"), Must("createContainer.when")]
    public void A_hook_of_create_MUST_be_called_when_the_environment_is_there_and_the_root_is_not_yet_switched(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Sharing(runtime, "true");
        // In a mount namespace of its own, as our pid shows it: the mounts are made, and the host's root is still the root.
        string pid = kind == "createContainer" ? "self" : "$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/')";
        Add(bundle, kind, "/bin/sh", "sh", "-c",
            $"pid={pid}; cut -d' ' -f5 /proc/$pid/mountinfo >{runtime.Work}/mounts; readlink "
            + $"/proc/$pid/ns/mnt >{runtime.Work}/ns; test -e /proc/$pid/root{bundle.ConfigFile} && echo host >{runtime.Work}/root");
        runtime.CreateContainer(Runtime.NewId(), bundle.Write());
        string[] mounts = File.ReadAllLines(Path.Combine(runtime.Work, "mounts"));
        foreach (string destination in new[] { "/proc", "/dev", "/dev/pts", "/dev/shm", "/sys", "/shared" })
            Assert.That(mounts, Has.Some.EndsWith("/rootfs" + destination));
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "ns")).Trim(), Is.Not.EqualTo(Init.NamespaceTests.Link("self", "mount")));
        Assert.That(File.Exists(Path.Combine(runtime.Work, "root")));
    }

    [Test]
    [Must("startContainer.when"), Must("poststart.when"), Must("lifecycle.program")]
    public void StartContainer_hooks_MUST_be_called_before_the_program_and_poststart_hooks_when_it_runs_and_before_start_returns()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Sharing(runtime, "sh", "-c", "echo program >>/shared/order; exec sleep 1000");
        Add(bundle, "startContainer", "/bin/sh", "sh", "-c",
            "echo startContainer >>/shared/order; sleep 0.2; echo still startContainer >>/shared/order");
        Add(bundle, "poststart", "/bin/sh", "sh", "-c", $"pid=$(sed 's/.*\"pid\":\\([0-9]*\\).*/\\1/'); cat "
            + $"/proc/$pid/comm >{runtime.Work}/poststart; sleep 0.2; echo >>{runtime.Work}/poststart");
        string id = Runtime.NewId(), order = Path.Combine(runtime.Work, "order");
        runtime.CreateContainer(id, bundle.Write());
        Assert.That(File.Exists(order), Is.False);
        runtime.Run("start", id).Expect(0);
        Assert.That(File.ReadAllText(Path.Combine(runtime.Work, "poststart")),
            Is.EqualTo("sh\n\n").Or.EqualTo("busybox\n\n").Or.EqualTo("sleep\n\n"));
        Assert.That(() => File.ReadAllText(order), Is.EqualTo("startContainer\nstill startContainer\nprogram\n").After(10_000, 20));
    }

    [Test]
    [Must("poststop.when")]
    public void Poststop_hooks_MUST_be_called_when_the_container_is_deleted_and_before_delete_returns()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Sharing(runtime, "sleep", "1000");
        string id = Runtime.NewId(), seen = Path.Combine(runtime.Work, "seen");
        Add(bundle, "poststop", "/bin/sh", "sh", "-c",
            $"{string.Join(' ', runtime.Command("state", id))} >{seen} 2>&1; find /sys/fs/cgroup -path "
            + $"'*{bundle.Linux["cgroupsPath"]}' >>{seen}; sleep 0.2; echo end >>{seen}");
        int pid = runtime.StartContainer(id, bundle);
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        Assert.That(File.Exists(seen), Is.False);
        runtime.Run("delete", id).Expect(0);
        Assert.That(File.ReadAllText(seen), Does.Contain("container does not exist").And.EndsWith("\nend\n")
            .And.Not.Contain("/sys/fs/cgroup"));
    }

    /// <summary>With a directory of ours at /shared.</summary>
    private static Bundle Sharing(Runtime runtime, params string[] args)
    {
        Bundle bundle = runtime.NewBundle(args);
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "shared"));
        return bundle.Mounting("/shared", "bind", runtime.Work, "bind");
    }

    private static void Add(Bundle bundle, string kind, string path, params string[] args)
    {
        if (bundle.Config["hooks"] is not JsonObject hooks)
            bundle.Config["hooks"] = hooks = [];
        JsonObject hook = new() { ["path"] = path, ["env"] = new JsonArray("PATH=/usr/bin:/bin:/usr/sbin:/sbin") };
        if (args.Length > 0)
            hook["args"] = new JsonArray([.. System.Array.ConvertAll<string, JsonNode>(args, a => a)]);
        hooks[kind] = new JsonArray(hook);
    }
}
