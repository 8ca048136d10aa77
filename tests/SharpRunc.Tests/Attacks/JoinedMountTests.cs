using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>A mount namespace by path is another container's: anything may be mounted there, on any path.</summary>
internal sealed class JoinedMountTests
{
    [TestCase("mount --bind {work}/evil {work}/hook", TestName = "A_hook_is_the_hosts_own_program")]
    [TestCase("mount --bind /usr/bin/false /usr/bin/dash", TestName = "A_hook_has_the_hosts_own_interpreter")]
    [TestCase("mount -t tmpfs tmpfs /lib64 2>/dev/null || mount -t tmpfs tmpfs /lib", TestName = "A_hook_has_the_hosts_own_libraries")]
    [TestCase("mount -t tmpfs tmpfs /proc; mkdir -p /proc/self; mkfifo /proc/self/pagemap /proc/self/setgroups /proc/self/mountinfo",
        TestName = "No_FIFO_in_proc_is_waited_for")]
    public void Nothing_there_runs_as_the_runtime_or_holds_it_up(string planted)
    {
        using Runtime runtime = Runtime.Create();
        string ran = Path.Combine(runtime.Work, "ran");
        Script(runtime, "hook", $"echo host $(readlink /proc/self/ns/mnt) >>{ran}; test -e bin/busybox && echo rootfs >>{ran}");
        Script(runtime, "evil", $"echo evil >>{ran}");
        using Holder holder = new(planted.Replace("{work}", runtime.Work, StringComparison.Ordinal));
        Bundle bundle = runtime.NewBundle("true").InNamespace("mount", $"/proc/{holder.Pid}/ns/mnt");
        bundle.Config["hooks"] = new JsonObject
        {
            ["createContainer"] = new JsonArray(new JsonObject { ["path"] = Path.Combine(runtime.Work, "hook") }),
        };
        bundle.Linux["rootfsPropagation"] = "shared"; // so that the mounts of the namespace are read
        string its = Init.NamespaceTests.Link(holder.Pid, "mount");
        runtime.RunBundle(bundle).Expect(0);
        Assert.That(File.ReadAllText(ran), Is.EqualTo($"host {its}\nrootfs\n"));
    }

    /// <summary>mount(2) takes a path; that of a descriptor in /proc may be a link to anywhere.</summary>
    [Test]
    public void A_mount_by_name_is_made_where_it_belongs()
    {
        using Runtime runtime = Runtime.Create();
        string decoy = Directory.CreateDirectory(Path.Combine(runtime.Work, "decoy")).FullName, layers = "";
        for (int i = 0; layers.Length < 300; i++)
        {
            string layer = Directory.CreateDirectory(Path.Combine(runtime.Work, $"layer-of-a-long-name-{i}")).FullName;
            File.WriteAllText(Path.Combine(layer, $"of-{i}"), "");
            layers += (i == 0 ? "" : ":") + layer;
        }
        using Holder holder = new("mount -t tmpfs tmpfs /proc; mkdir -p /proc/self/fd; "
            + $"for i in $(seq 3 99); do ln -s {decoy} /proc/self/fd/$i; done");
        Bundle bundle = runtime.NewBundle("ls", "/mnt").InNamespace("mount", $"/proc/{holder.Pid}/ns/mnt");
        bundle.Mounting("/mnt", "overlay", "overlay", "lowerdir=" + layers);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Does.StartWith("of-0\nof-1\n"));
    }

    /// <summary>A link in the place of the source or root leads to what the runtime can reach, and root of the namespace cannot.</summary>
    [TestCase("mount"), TestCase("root")]
    public void What_its_root_cannot_reach_is_not_shown(string what)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", what == "root" ? "/secret" : "/etc/passwd").MapsUsers();
        Bundle holder = runtime.NewBundle("sleep", "1000").MapsUsers();
        string closed = Directory.CreateDirectory(Path.Combine(runtime.Work, "volume/closed")).FullName;
        runtime.Execute(["/bin/cp", "-a", bundle.Rootfs, Path.Combine(closed, "open")]).Expect(0);
        File.WriteAllText(Path.Combine(closed, "open/secret"), "secret");
        File.SetUnixFileMode(closed, (UnixFileMode)0x1C0);
        Directory.CreateDirectory(Path.Combine(holder.Rootfs, "volume"));
        holder.WithMount("/volume", "bind", Path.GetDirectoryName(closed)!, "rbind");

        string its = Directory.CreateDirectory(holder.Rootfs + runtime.Work).FullName, link = Path.Combine(runtime.Work, "link");
        File.CreateSymbolicLink(Path.Combine(its, "link"), "/volume/closed/open");
        runtime.Execute(["/bin/cp", "-a", bundle.Rootfs, Path.Combine(its, "rootfs")]).Expect(0);
        Directory.CreateDirectory(link);
        int pid = runtime.StartContainer(Runtime.NewId(), holder.Write());
        bundle.InNamespace("mount", $"/proc/{pid}/ns/mnt").InNamespace("user", $"/proc/{pid}/ns/user");
        bundle.Config["root"]!["path"] = what == "root" ? link : Directory.CreateDirectory(Path.Combine(runtime.Work, "rootfs")).FullName;
        if (what == "mount")
            bundle.WithMount("/etc/passwd", "bind", link + "/secret", "bind");
        Result result = runtime.RunBundle(bundle.Write());
        Assert.That(result.Output, Does.Not.Contain("secret"));
        result.ExpectError("permission denied");
    }

    private static void Script(Runtime runtime, string name, string text)
    {
        string path = Path.Combine(runtime.Work, name);
        File.WriteAllText(path, $"#!/bin/sh\nPATH=/usr/bin:/bin\n{text}\n");
        File.SetUnixFileMode(path, (UnixFileMode)0x1ED);
    }

    /// <summary>A process in a mount namespace that it has changed.</summary>
    private sealed class Holder : IDisposable
    {
        private readonly Child child;
        private readonly string ready = Path.GetTempFileName();

        public Holder(string changes)
        {
            child = Child.Start(["/usr/bin/unshare", "--mount", "/usr/bin/busybox", "sh", "-c",
                $"{changes}; echo ready >{ready}; exec /usr/bin/busybox sleep 1000"], errors: ready + ".err");
            Assert.That(() => SpinWait.SpinUntil(() => File.ReadAllText(ready).Length > 0, 10_000));
        }

        public int Pid => child.Pid;

        public void Dispose()
        {
            child.Kill(9);
            child.Wait();
            File.Delete(ready);
            File.Delete(ready + ".err");
        }
    }
}
