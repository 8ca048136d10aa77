using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// mount_namespaces(7), "Restrictions": what the host's mount forbids stays forbidden in a user namespace, and who asks for it is told.
/// </summary>
internal sealed class LockedMountTests
{
    private const string Flags = "ro,nosuid,nodev,noexec,noatime";

    [TestCase("rbind")]
    [TestCase("rbind,ro")]
    [TestCase("bind,rprivate")]
    [TestCase("rbind,nosuid,rnoexec")]
    public void A_bind_keeps_the_flags_of_the_hosts_mount(string options)
        => WithLocked(Flags,
            (runtime, bundle) => Assert.That(MountTests.MountInfo(runtime,
                bundle.Mounting("/mnt", "bind", "sources/locked", options.Split(',')), "/mnt").Attributes,
                Is.SupersetOf(Flags.Split(','))));

    [TestCase("rbind,rw", "it keeps ro")]
    [TestCase("rbind,suid,dev", "it keeps nosuid, nodev")]
    [TestCase("rbind,dev", "it keeps nodev")]
    [TestCase("rbind,rexec", "it keeps noexec")]
    [TestCase("rbind,strictatime", "it keeps its access times")]
    [TestCase("rbind,nodiratime,rw", "it keeps ro, its access times")]
    public void An_option_that_would_take_one_away_is_a_warning_and_the_flags_stay(string options, string warning)
        => WithLocked(Flags, (runtime, bundle) =>
        {
            bundle.Mounting("/mnt", "bind", "sources/locked", options.Split(','));
            Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes, Is.SupersetOf(Flags.Split(',')));
            Assert.That(runtime.RunBundleLogged(bundle).Errors, Does.Contain("/mounts/6/options").And.Contain(warning));
        });

    [TestCase("rbind", "")]
    [TestCase("rbind,ro", "")]
    [TestCase("rbind,noexec", "")]
    public void Who_does_not_ask_for_one_by_name_is_not_warned(string options, string errors)
        => WithLocked(Flags, (runtime, bundle) =>
        {
            bundle.Mounting("/mnt", "bind", "sources/locked", options.Split(','));
            Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes, Is.SupersetOf(Flags.Split(',')));
            Assert.That(runtime.RunBundleLogged(bundle).Errors, Is.EqualTo(errors));
        });

    [Test]
    public void A_flag_that_is_added_stands_beside_those_that_stay()
        => WithLocked("nosuid,nodev",
            (runtime, bundle) => Assert.That(MountTests.MountInfo(runtime,
                bundle.Mounting("/mnt", "bind", "sources/locked", "rbind", "ro", "suid", "noexec"), "/mnt").Attributes,
            Is.SupersetOf(new[] { "ro", "nosuid", "nodev", "noexec" })));

    [Test]
    public void A_remount_cannot_take_one_away_either()
        => WithLocked(Flags, (runtime, bundle) =>
        {
            bundle.Mounting("/mnt", "bind", "sources/locked", "rbind").Mounting("/mnt", "", "", "remount", "bind", "rw");
            Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes, Is.SupersetOf(Flags.Split(',')));
            Assert.That(runtime.RunBundleLogged(bundle).Errors, Does.Contain("/mounts/7/options").And.Contain("it keeps ro"));
        });

    /// <summary>Engines write rw for every volume that is not read-only.</summary>
    [Test]
    public void An_option_that_says_what_is_so_is_none_that_takes_away()
        => WithLocked("nosuid,nodev", (runtime, bundle) =>
            Assert.That(MountTests.MountInfo(runtime, bundle.Mounting("/mnt", "bind", "sources/locked", "rbind", "rw", "relatime"), "/mnt")
                .Attributes, Is.SupersetOf(new[] { "rw", "nosuid", "nodev", "relatime" })));

    [Test]
    public void Root_without_a_user_namespace_may_and_gets_the_options_flags_alone()
        => WithLocked(Flags, (runtime, bundle) =>
        {
            foreach (string name in new[] { "uidMappings", "gidMappings" })
                bundle.Linux.Remove(name);
            bundle.WithoutNamespace("user").Mounting("/mnt", "bind", "sources/locked", "rbind", "rw", "exec");
            Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes, Is.EqualTo(new[] { "rw", "noatime" }));
        });

    /// <summary>crun binds the runtime's /sys, runc fails (its issue 3672).</summary>
    [TestCase("ro")]
    [TestCase("rw")]
    public void Sysfs_beside_a_shared_network_is_the_runtimes_own_and_read_only(string option)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("grep ' /sys' /proc/self/mountinfo | cut -d' ' -f5,6; ls /sys/class/net; mkdir /sys/fs/cgroup/memory/x").MapsUsers()
            .WithoutNamespace("network");
        bundle.Mounts[5]!["options"] = new System.Text.Json.Nodes.JsonArray("nosuid", "noexec", "nodev", option);
        Result result = runtime.RunBundle(bundle).Expect(1);
        foreach (string line in result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.StartsWith('/'))
                Assert.That(line, Does.Contain(" ro,nosuid,nodev,noexec"));
        Assert.That(result.Output, Does.Contain("/sys ro").And.Contain("\nlo\n"));
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
    }

    [Test]
    public void Sysfs_beside_another_network_is_not_the_runtimes()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper();
        runtime.RunBundle(runtime.NewBundle("true").MapsUsers().InNamespace("network", $"/proc/{holder}/ns/net")).ExpectError("/mounts/5")
            .ExpectError("bind /sys instead");
    }

    private static void WithLocked(string flags, Action<Runtime, Bundle> test)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").MapsUsers();
        string source = Path.Combine(bundle.Sources, "locked");
        MountTests.Mount("sh", "-ec", $"mkdir {source}; mount -t tmpfs -o {flags} locked {source}");
        try
        {
            test(runtime, bundle);
        }
        finally
        {
            MountTests.Mount("umount", source);
        }
    }
}
