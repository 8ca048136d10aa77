using System;
using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What is mounted in a container is not on the host, and what the host mounted read-only stays so. The
/// "host" here is a mount namespace of the test's, all of it shared, as systemd makes it.
/// </summary>
internal sealed class HostMountTests
{
    [Test]
    public void The_hosts_mounts_are_what_they_were_byte_for_byte(
        [Values(null, "private", "rprivate", "slave", "rslave", "shared", "rshared", "unbindable", "runbindable")] string? propagation)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        bundle.WithMount("/tmp", "tmpfs", "tmpfs").WithMount("/mnt", "bind", bundle.Sources, "rbind", "ro")
            .WithMount("/home", "bind", "/dev/shm", "rbind");
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            runtime.Run("create", "--bundle", bundle.Path, id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before), "created");
            runtime.Run("start", id).Expect(0);
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before), "deleted");
            bundle.WithArgs("/no/such/program");
            runtime.Run("run", "--bundle", bundle.Path, id).Expect(1);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before), "failed");
        });
    }

    [Test]
    public void A_mount_made_in_a_container_below_a_shared_source_is_not_on_the_host(
        [Values("rbind", "bind", "rbind,rslave", "rbind,rprivate", "rbind,rshared", "bind,shared")] string options,
            [Values(null, "rslave", "private")] string? propagation, [Values] Reach reach)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mounter(runtime, options, propagation, reach);
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            runtime.Run("run", "--detach", "--bundle", bundle.Path, id).Expect(0);
            Await(Path.Combine(bundle.Rootfs, "tmp/ready"));
            Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/ready")), Is.EqualTo("1\n"), "it is mounted in the container");
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
            runtime.Run("delete", "--force", id).Expect(0);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
        });
    }

    /// <summary>.. of the root leads into what is mounted over it, and so does joining the mount namespace.</summary>
    [Test]
    public void Over_a_root_that_the_mapped_root_cannot_get_to_nothing_of_the_host_is_left(
        [Values(null, "private", "rslave", "rshared", "runbindable")] string? propagation, [Values] bool joins)
    {
        const string Look = "stat -c %i / /.. /../.. /proc/1/root/.. && cat /proc/self/mountinfo";
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says(joins ? "sleep 1000" : Look).MapsUsers();
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        File.SetUnixFileMode(bundle.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string id = Runtime.NewId();
        if (joins)
            runtime.StartContainer(id, bundle);
        string[] lines = (joins ? runtime.Run("exec", id, "sh", "-c", Look) : runtime.RunBundle(bundle)).Expect(0)
            .Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string root = runtime.Execute(["/usr/bin/stat", "-c", "%i", bundle.Rootfs]).Expect(0).Output.Trim();
        Assert.That(lines[..4], Is.All.EqualTo(root));
        Assert.That(Array.FindAll(lines[4..], line => line.Split(' ')[4] == "/"), Has.Length.EqualTo(1));
        if (joins)
            runtime.Run("delete", "--force", id).Expect(0);
    }

    /// <summary>Mounted over a masked file, which is the host's null device, it would lie over /dev/null of the host.</summary>
    [Test]
    public void A_mount_made_over_a_masked_file_is_not_on_the_host()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "touch /file && mount -o bind /file /proc/keys && echo 1 >/tmp/ready; sleep 1000");
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((JsonArray)bundle.Process["capabilities"]![set]!).Add("CAP_SYS_ADMIN");
        bundle.Write();
        MountNamespace.RunShared(() =>
        {
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            runtime.Run("run", "--detach", "--bundle", bundle.Path, id).Expect(0);
            Await(Path.Combine(bundle.Rootfs, "tmp/ready"));
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before));
            runtime.Run("delete", "--force", id).Expect(0);
        });
    }

    [Test]
    public void A_mount_made_below_a_shared_source_is_on_the_host_if_rootfsPropagation_is_shared()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Mounter(runtime, "rbind,rshared", "rshared", Reach.Direct);
        MountNamespace.RunShared(() =>
        {
            // A mount of its own: the one that the root lies on is never shared with the container.
            string source = Path.Combine(bundle.Sources, "shared"), sub = Path.Combine(source, "sub");
            using Tree tree = Tree.Create("tmpfs", "shared", [], 0);
            using (Fd place = Sys.OpenAt(Fd.Cwd, source, O_PATH))
                tree.AttachTo(place);
            Directory.CreateDirectory(sub);
            string before = MountNamespace.Mounts(), id = Runtime.NewId();
            runtime.Run("run", "--detach", "--bundle", bundle.Path, id).Expect(0);
            Await(Path.Combine(bundle.Rootfs, "tmp/ready"));
            Assert.That(MountNamespace.Mounts(), Does.Contain($" {sub} "));
            Sys.TryUmount(sub, MNT_DETACH);
            Assert.That(MountNamespace.Mounts(), Is.EqualTo(before), "and nothing else is");
            runtime.Run("delete", "--force", id).Expect(0);
            Sys.TryUmount(source, MNT_DETACH);
        });
    }

    [Test]
    public void The_root_of_a_user_namespace_cannot_take_back_what_the_host_mounted_read_only(
        [Values("rbind", "bind", "rbind,rw")] string options)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", """
            touch /mnt/a && echo written
            for flags in rw rw,nosuid rw,nodev suid,ro dev,ro exec,ro; do mount -o remount,bind,$flags /mnt && echo remounted $flags; done
            touch /mnt/a && echo written
            umount /mnt && touch /mnt/a && echo written
            mkdir /tmp/copy && mount -o bind /mnt /tmp/copy && mount -o remount,bind,rw /tmp/copy && touch /tmp/copy/a && echo written
            true
            """).WithUserNamespace().WithAllCapabilities();
        string source = Path.Combine(bundle.Sources, "locked");
        Directory.CreateDirectory(source);
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        bundle.WithMount("/mnt", "bind", source, options.Split(','));
        MountNamespace.RunShared(() =>
        {
            using (Tree tree = Tree.Create("tmpfs", "locked", ["mode=777"],
                MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC))
            using (Fd place = Sys.OpenAt(Fd.Cwd, source, O_PATH))
                tree.AttachTo(place);
            try
            {
                Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
                if (options.EndsWith("rw", StringComparison.Ordinal) && result.ExitCode != 0)
                    result.ExpectError("/mnt");
                Assert.That(result.Output, Is.Empty, result.Errors);
            }
            finally
            {
                Sys.TryUmount(source, MNT_DETACH);
            }
        });
    }

    /// <summary>How the init gets at the source.</summary>
    internal enum Reach
    {
        Direct,
        /// <summary>From a user namespace, cloned by the init itself.</summary>
        Mapped,
        /// <summary>Behind a directory that the mapped root cannot enter: the runtime clones it.</summary>
        Handed,
    }

    private static Bundle Mounter(Runtime runtime, string options, string? propagation, Reach reach)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", "mount -t tmpfs inner /mnt/sub; grep -c ' /mnt/sub ' /proc/self/mountinfo > "
            + "/tmp/ready.new; mv /tmp/ready.new /tmp/ready; sleep 100").WithAllCapabilities();
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x1FF);
        string source = Path.Combine(bundle.Sources, "shared");
        Directory.CreateDirectory(Path.Combine(source, "sub"));
        if (reach != Reach.Direct)
            bundle.WithUserNamespace();
        if (reach == Reach.Handed)
            File.SetUnixFileMode(bundle.Sources, (UnixFileMode)0x1C0);
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        return bundle.WithMount("/mnt", "bind", source, options.Split(','));
    }

    private static void Await(string file)
    {
        for (int i = 0; i < 1000; i++, Thread.Sleep(10))
            if (File.Exists(file))
                return;
        Assert.Fail($"{file} never came");
    }
}
