using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2016-9962: who shares a container's namespaces cannot look into the runtime's process that enters them.</summary>
internal sealed class DumpableTests
{
    [Test]
    public void An_init_that_waits_belongs_to_the_hosts_root([Values] bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        if (mapped)
            bundle.WithUserNamespace();
        bundle.Process["user"]!["uid"] = 1000;
        bundle.Write();
        string id = Runtime.NewId();
        int pid = runtime.CreateContainer(id, bundle);
        foreach (string name in new[] { "/fd", "/environ", "/mem", "/maps" })
        {
            using Fd fd = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}{name}", O_PATH);
            Inode inode = Inode.Of(fd, name);
            Assert.That((inode.Uid, inode.Gid), Is.EqualTo((0u, 0u)), name);
        }
    }

    [Test]
    public void A_container_with_ptrace_in_the_same_namespaces_is_denied()
    {
        using Runtime runtime = Runtime.Create();
        Bundle first = runtime.NewBundle("sh", "-c", """
            touch /tmp/ready
            while [ ! -e /tmp/go ]; do sleep 0.05; done
            for p in /proc/[0-9]*; do
              pid=${p#/proc/}
              [ $pid = 1 ] && continue
              [ "$(cat $p/comm)" = sharprunc ] || continue
              echo found >> /tmp/out
              stat -c %u:%g $p/fd >> /tmp/out
              ls $p/fd/ && echo fd >> /tmp/out
              ls $p/map_files/ && echo map_files >> /tmp/out
              cat $p/environ && echo environ >> /tmp/out
              readlink $p/exe && echo exe >> /tmp/out
              dd if=$p/mem bs=1 count=1 && echo mem >> /tmp/out
              ls $p/root/ && echo root >> /tmp/out
              ls $p/cwd/ && echo cwd >> /tmp/out
            done
            touch /tmp/done
            sleep 100
            """).WithUserNamespace().WithAllCapabilities();
        string tmp = Path.Combine(first.Rootfs, "tmp"), id = Runtime.NewId();
        File.SetUnixFileMode(tmp, (UnixFileMode)0x1FF);
        runtime.Run("run", "--detach", "--bundle", first.Path, id).Expect(0);
        Await(Path.Combine(tmp, "ready"));
        int pid = runtime.Pid(id);
        Bundle second = runtime.NewBundle("true");
        JsonArray namespaces = (JsonArray)second.Linux["namespaces"]!;
        namespaces.Add(new JsonObject { ["type"] = "user" });
        foreach (JsonNode? entry in namespaces)
            if ((string)entry!["type"]! is "user" or "pid")
                entry["path"] = $"/proc/{pid}/ns/{(string)entry["type"]!}";
        second.Write();
        string guest = Runtime.NewId();
        runtime.Run("create", "--bundle", second.Path, guest).Expect(0);
        File.WriteAllText(Path.Combine(tmp, "go"), "");
        Await(Path.Combine(tmp, "done"));
        Assert.That(File.ReadAllText(Path.Combine(tmp, "out")), Is.EqualTo("found\n65534:65534\n"));
        // The first one's PID namespace cannot end while a zombie in it waits for us.
        runtime.Run("delete", "--force", guest).Expect(0);
        Leftovers.Reap();
    }

    [Test]
    public void A_user_namespace_that_cannot_be_joined_is_named()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        ((JsonArray)bundle.Linux["namespaces"]!).Add(new JsonObject { ["type"] = "user", ["path"] = "/proc/self/ns/uts" });
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("cannot join the user namespace");
    }

    private static void Await(string file)
    {
        for (int i = 0; i < 1000; i++, Thread.Sleep(10))
            if (File.Exists(file))
                return;
        Assert.Fail($"{file} never came");
    }
}
