using System;
using System.Globalization;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A config without a mount namespace: its mounts are in the runtime's, below its own root, and nothing of them stays. The "host" is a
/// mount namespace of the test's, all of it shared, as systemd makes it.
/// </summary>
internal sealed class InheritedMountNamespaceTests
{
    [Test, Must("namespaces.inherit")]
    public void Without_a_mount_namespace_mounts_are_in_the_runtimes_and_delete_takes_them_away()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("sleep", "1000")).Mounting("/mnt", "tmpfs", "tmpfs").Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            int pid = runtime.CreateContainer(id, bundle);
            string ours = File.ResolveLinkTarget("/proc/thread-self/ns/mnt", false)!.Name;
            Assert.That(File.ResolveLinkTarget($"/proc/{pid}/ns/mnt", false)!.Name, Is.EqualTo(ours));
            foreach (string place in new[] { "", "/proc", "/dev", "/dev/pts", "/sys", "/mnt" })
                Assert.That(MountNamespace.Mounts(), Does.Contain($" {bundle.Rootfs}{place} "), place);
            runtime.Run("start", id).Expect(0);
            Assert.That(runtime.Run("exec", id, "cat", "/proc/1/comm").Expect(0).Output, Is.EqualTo("sleep\n"));
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
    }

    [Test]
    public void Masks_a_read_only_root_and_read_only_paths_are_the_containers_alone()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle()
            .Says("touch /file; cat /sources/a; touch /sources/b; grep -c . /proc/self/mountinfo >/mnt/ok && echo done"));
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "sources"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "sources/a"), "secret");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "mnt"));
        bundle.Config["root"]!["readonly"] = true;
        bundle.Linux["maskedPaths"] = new JsonArray("/sources/a");
        bundle.Linux["readonlyPaths"] = new JsonArray("/sources");
        bundle.Mounting("/mnt", "tmpfs", "tmpfs").Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts();
            Result result = runtime.RunBundle(bundle);
            Assert.That(result.Output, Is.EqualTo("done\n"), result.Errors);
            Assert.That(result.Errors, Does.Contain("/file: Read-only file system").And.Contain("/sources/b: Read-only file system"));
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
        File.WriteAllText(Path.Combine(bundle.Rootfs, "sources/a"), "writable again");
    }

    [Test]
    public void What_it_mounts_shows_in_no_other_namespace([Values(null, "rslave", "private")] string? propagation)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("sleep", "1000")).Mounting("/mnt", "tmpfs", "tmpfs");
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        bundle.Write();
        MountNamespace.RunShared(() =>
        {
            Child other = Child.Start(["/usr/bin/unshare", "--mount", "--propagation", "slave", "sh", "-c",
                $"echo >{runtime.Work}/there; exec sleep 1000"]);
            SpinWait.SpinUntil(() => File.Exists(Path.Combine(runtime.Work, "there")), TimeSpan.FromSeconds(20));
            string id = Runtime.NewId();
            runtime.StartContainer(id, bundle);
            Assert.That(File.ReadAllText($"/proc/{other.Pid}/mountinfo"), Does.Not.Contain(bundle.Rootfs + "/"));
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(File.ReadAllText($"/proc/{other.Pid}/mountinfo"), Does.Not.Contain(bundle.Rootfs));
            other.Kill(SIGKILL);
            other.Wait();
        });
    }

    [TestCase("fails")]
    [TestCase("killed")]
    public void A_create_that_does_not_end_leaves_no_mount(string how)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("true"));
        string script = how == "fails" ? "exit 3" : $"echo $$ >{runtime.Work}/hook; kill -9 $PPID";
        bundle.Config["hooks"] = new JsonObject
        {
            ["createRuntime"] =
            new JsonArray(new JsonObject { ["path"] = "/bin/sh", ["args"] = new JsonArray("sh", "-c", script) })
        };
        bundle.Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            Assert.That(runtime.Run("create", "--bundle", bundle.Path, id).ExitCode, Is.Not.Zero);
            if (how == "killed")
            {
                Runtime.WaitForEnd(int.Parse(File.ReadAllText(Path.Combine(runtime.Work, "hook")), CultureInfo.InvariantCulture));
                Assert.That(MountNamespace.Mounts(), Does.Contain($" {bundle.Rootfs} "));
                runtime.Run("delete", "--force", id).Expect(0);
            }
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
    }

    [Test]
    public void A_root_that_another_mount_lies_over_is_an_error_and_not_forgotten()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("sleep", "1000")).Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId(), other = Runtime.NewId();
            runtime.StartContainer(id, bundle);
            bundle.Linux["cgroupsPath"] = $"/{runtime.CgroupName}/other";
            runtime.StartContainer(other, bundle);
            runtime.Run("delete", "--force", id).ExpectError("another mount lies over it");
            Assert.That(runtime.Status(id), Is.EqualTo("stopped"));
            runtime.Run("delete", "--force", other).Expect(0);
            runtime.Run("delete", id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
    }

    [Test]
    public void One_that_was_unmounted_already_is_no_obstacle()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("sleep", "1000")).Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            runtime.StartContainer(id, bundle);
            Assert.That(Sys.TryUmount(bundle.Rootfs, MNT_DETACH).Errno, Is.Zero);
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
    }

    [Test]
    public void In_a_user_namespace_mounts_need_a_mount_namespace()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("pwd").MapsUsers().WithoutNamespace("mount");
        runtime.RunBundle(bundle).ExpectError("/mounts").ExpectError("needs a mount namespace in addition to the user namespace");
    }

    [Test]
    public void It_cannot_be_checkpointed_and_no_image_directory_is_left()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Inheriting(runtime.NewBundle("sleep", "1000")).Write();
        MountNamespace.RunShared(() =>
        {
            string id = Runtime.NewId(), images = Path.Combine(runtime.Work, "images");
            runtime.StartContainer(id, bundle);
            runtime.Run("checkpoint", "--image-path", images, id).ExpectError("pointer=/linux/namespaces");
            Assert.That(Directory.Exists(images), Is.False);
            Assert.That(runtime.Status(id), Is.EqualTo("running"));
            runtime.Run("delete", "--force", id).Expect(0);
        });
    }

    private static Bundle Inheriting(Bundle bundle) => bundle.WithoutNamespace("mount");
}
