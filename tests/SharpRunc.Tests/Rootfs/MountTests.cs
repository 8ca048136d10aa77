using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>config.md#mounts on the kernel.</summary>
internal sealed class MountTests
{
    [TestCase("/proc", "proc")]
    [TestCase("/dev", "tmpfs")]
    [TestCase("/dev/pts", "devpts")]
    [TestCase("/dev/shm", "tmpfs")]
    [TestCase("/dev/mqueue", "mqueue")]
    [TestCase("/sys", "sysfs")]
    public void What_engines_mount_by_default_is_there(string destination, string type)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(MountInfo(runtime, runtime.NewBundle(), destination).Type, Is.EqualTo(type));
    }

    [Test, Must("mounts.order")]
    public void The_runtime_MUST_mount_entries_in_the_listed_order()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("ls /mnt /mnt/below");
        Directory.CreateDirectory(Path.Combine(bundle.Sources, "a/below"));
        Directory.CreateDirectory(Path.Combine(bundle.Sources, "b"));
        File.WriteAllText(Path.Combine(bundle.Sources, "b/inner"), "");
        bundle.Mounting("/mnt", "bind", Path.Combine(bundle.Sources, "a"), "bind")
            .Mounting("/mnt/below", "bind", Path.Combine(bundle.Sources, "b"), "bind");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt:\nbelow\n\n/mnt/below:\ninner\n"));
        JsonNode first = bundle.Mounts[6]!;
        bundle.Mounts.RemoveAt(6);
        bundle.Mounts.Add((JsonNode)first);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/mnt:\nbelow\n\n/mnt/below:\n"));
    }

    [TestCase("")]
    [TestCase("/./")]
    public void A_destination_below_the_root_file_systems_own_path_is_the_containers(string odd)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/final/below/file");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "mnt"));
        Directory.CreateDirectory(Path.Combine(bundle.Sources, "a/below"));
        File.WriteAllText(Path.Combine(bundle.Sources, "a/below/file"), "found\n");
        bundle.Mounting("/mnt", "bind", Path.Combine(bundle.Sources, "a"), "rbind", "rprivate");
        bundle.Mounting($"{bundle.Rootfs}{odd}/final", "bind", Path.Combine(bundle.Rootfs, "mnt"), "rbind", "rprivate");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("found\n"));
        Assert.That(Path.Exists(Path.Combine(bundle.Rootfs, bundle.Rootfs.TrimStart('/'))), Is.False, "nothing is made at the host's path");
    }

    [Test]
    public void A_relative_source_of_a_bind_mount_is_relative_to_the_bundle()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/etc/hosts").Mounting("/etc/hosts", "bind", "sources/hosts", "bind");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("# hosts\n"));
    }

    [Test, Must("mounts.destination-relative"), Must("mounts.destination-absolute")]
    [Must("warnings.go-on")]
    public void A_relative_destination_is_relative_to_the_root()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/etc/hosts").Mounting("etc/hosts", "bind", "sources/hosts", "bind");
        Result result = runtime.RunBundleLogged(bundle).Expect(0);
        Assert.That(result.Output, Is.EqualTo("# hosts\n"));
        Assert.That(result.Errors, Does.Contain("level=warning").And.Contain("deprecated"));
    }

    [Test]
    public void A_bind_mount_of_a_directory_on_a_file_is_an_error_with_a_hint()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting("/etc/passwd", "bind", "sources", "bind");
        runtime.RunBundle(bundle).ExpectError("/mounts/6").ExpectError("not a directory");
    }

    [Test]
    public void A_bind_mount_of_a_file_on_a_directory_is_an_error_with_a_hint()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting("/mnt", "bind", "sources/hosts", "bind");
        runtime.RunBundle(bundle).ExpectError("/mounts/6").ExpectError("one of source and destination is a directory and the other is not");
    }

    [Test]
    public void Links_of_the_image_on_the_way_to_a_destination_stay_inside()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/mnt/deep/place").Mounting("/way/deep/place", "bind", "sources/hosts", "bind");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "way"), "../../../mnt");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("# hosts\n"));
    }

    [Test]
    public void A_bind_mount_of_nothing_is_an_error_with_a_hint()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting("/mnt", "bind", "/nowhere", "bind");
        runtime.RunBundle(bundle).ExpectError("mounts[6] /mnt").ExpectError("the source of a bind mount must exist");
    }

    [Test]
    public void An_unknown_file_system_is_an_error_with_a_hint()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").Mounting("/mnt", "nofs", "x")).ExpectError("mounts[6] /mnt")
            .ExpectError("does not know the file system type nofs");
    }

    [Test]
    public void An_option_that_the_file_system_refuses_is_named()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").Mounting("/mnt", "tmpfs", "x", "size=lots")).ExpectError("mounts[6] /mnt")
            .ExpectError("size");
    }

    [Test]
    public void Destinations_are_created()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("stat -c '%a %n' /new /new/deep; cat /new2/deep/file; ls -d /new/deep/dir")
            .Mounting("/new/deep/dir", "tmpfs", "tmpfs").Mounting("/new2/deep/file", "bind", "sources/hosts", "bind");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("755 /new\n755 /new/deep\n# hosts\n/new/deep/dir\n"));
    }

    [Test]
    public void A_dangling_link_of_the_image_leads_to_a_file_inside()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/etc/resolv.conf", "/run/resolvconf/resolv.conf")
            .Mounting("/etc/resolv.conf", "bind", "sources/resolv.conf", "rbind", "rprivate");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "etc/resolv.conf"), "../run/resolvconf/resolv.conf");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("# resolv.conf\n# resolv.conf\n"));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "run/resolvconf/resolv.conf")), Is.True);
    }

    [TestCase("ro", "ro")]
    [TestCase("nosuid,nodev,noexec", "nosuid,nodev,noexec")]
    [TestCase("noatime", "noatime")]
    [TestCase("nodiratime", "nodiratime")]
    [TestCase("strictatime", "")]
    [TestCase("nosymfollow", "nosymfollow")]
    [TestCase("ro,rw", "rw")]
    [Must("option.ro"), Must("option.dev"), Must("option.exec"), Must("option.suid"), Must("option.atime")]
    public void Options_of_a_bind_mount_are_those_of_the_mount(string options, string expected)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Mounting("/mnt", "bind", "sources", ["bind", .. options.Split(',')]);
        string[] attributes = MountInfo(runtime, bundle, "/mnt").Attributes;
        if (expected.Length > 0)
            Assert.That(attributes, Is.SupersetOf(expected.Split(',')));
        else
            Assert.That(attributes, Has.None.Contains("atime"));
    }

    [Test]
    [Must("option.defaults")]
    public void Defaults_is_an_option_without_effect()
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(MountInfo(runtime, runtime.NewBundle().Mounting("/mnt", "tmpfs", "tmpfs", "defaults", "size=64k"), "/mnt").Super,
            Does.Contain("size=64k"));
    }

    [Test]
    public void Ro_is_for_the_mount_and_rro_for_all_below()
    {
        using Runtime runtime = Runtime.Create();
        foreach ((string option, string below) in new[] { ("ro", "rw"), ("rro", "ro") })
        {
            Bundle bundle = runtime.NewBundle();
            string source = Path.Combine(bundle.Sources, "tree");
            Directory.CreateDirectory(Path.Combine(source, "below"));
            Mount("mount", "-t", "tmpfs", "below", Path.Combine(source, "below"));
            try
            {
                bundle.Mounting("/mnt", "bind", source, "rbind", option);
                Assert.That(MountInfo(runtime, bundle, "/mnt").Attributes, Does.Contain("ro"));
                Assert.That(MountInfo(runtime, bundle, "/mnt/below").Attributes, Does.Contain(below), option);
            }
            finally
            {
                Mount("umount", Path.Combine(source, "below"));
            }
        }
    }

    [Test, Must("option.bind")]
    public void Bind_leaves_what_is_mounted_below_out()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("ls /mnt/below").Mounting("/mnt", "bind", "sources", "bind");
        string below = Path.Combine(bundle.Sources, "below");
        Directory.CreateDirectory(below);
        Mount("mount", "-t", "tmpfs", "below", below);
        try
        {
            File.WriteAllText(Path.Combine(below, "hidden"), "");
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.Empty);
            bundle.Mounts[6]!["options"] = new JsonArray("rbind");
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("hidden\n"));
        }
        finally
        {
            Mount("umount", below);
        }
    }

    [Test]
    public void A_tmpfs_takes_the_mode_of_the_directory_it_covers()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%a", "/tmp", "/mnt").Mounting("/tmp", "tmpfs", "tmpfs", "size=64k")
            .Mounting("/mnt", "tmpfs", "tmpfs", "mode=700");
        File.SetUnixFileMode(Path.Combine(bundle.Rootfs, "tmp"), (UnixFileMode)0x3FF);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1777\n700\n"));
    }

    [Test]
    public void Tmpcopyup_copies_the_contents_to_the_tmpfs()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("stat -c '%a %u:%g %n' /mnt /mnt/file /mnt/dir /mnt/dir/deep; readlink /mnt/link; cat /mnt/file; echo x >/mnt/new; grep "
                + "-c ' /mnt ' /proc/mounts")
            .Mounting("/mnt", "tmpfs", "tmpfs", "tmpcopyup", "ro", "rw");
        string mnt = Path.Combine(bundle.Rootfs, "mnt");
        Directory.CreateDirectory(Path.Combine(mnt, "dir"));
        File.WriteAllText(Path.Combine(mnt, "file"), "text\n");
        File.WriteAllText(Path.Combine(mnt, "dir/deep"), "");
        File.CreateSymbolicLink(Path.Combine(mnt, "link"), "/etc/passwd");
        File.SetUnixFileMode(mnt, (UnixFileMode)0x1ED);
        File.SetUnixFileMode(Path.Combine(mnt, "file"), (UnixFileMode)0x9ED);
        File.SetUnixFileMode(Path.Combine(mnt, "dir"), (UnixFileMode)0x1C0);
        File.SetUnixFileMode(Path.Combine(mnt, "dir/deep"), (UnixFileMode)0x180);
        Mount("chown", "7:8", Path.Combine(mnt, "file"));
        File.SetUnixFileMode(Path.Combine(mnt, "file"), (UnixFileMode)0x9ED);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output,
            Is.EqualTo("755 0:0 /mnt\n4755 7:8 /mnt/file\n700 0:0 /mnt/dir\n600 0:0 /mnt/dir/deep\n/etc/passwd\ntext\n1\n"));
        Assert.That(File.Exists(Path.Combine(mnt, "new")), Is.False);
    }

    [TestCase("ro")]
    [TestCase("rro")]
    public void A_read_only_tmpfs_is_filled_before_it_is_read_only(string option)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /mnt/file; touch /mnt/new").Mounting("/mnt", "tmpfs", "tmpfs", "tmpcopyup", option);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/file"), "text\n");
        Result result = runtime.RunBundle(bundle).Expect(1);
        Assert.That(result.Output, Is.EqualTo("text\n"));
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
    }

    [Test]
    public void A_long_lowerdir_of_overlay_is_mounted_with_its_options()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /mnt/f1 /mnt/f9; touch /mnt/new && ls /mnt/new");
        string layers = "";
        for (int i = 1; i <= 9; i++)
        {
            string layer = Path.Combine(bundle.Sources, $"layer-with-a-rather-long-name-{i}");
            Directory.CreateDirectory(layer);
            File.WriteAllText(Path.Combine(layer, $"f{i}"), $"{i}\n");
            layers += (i > 1 ? ":" : "") + layer;
        }
        string tmpfs = Path.Combine(bundle.Sources, "upper");
        Directory.CreateDirectory(tmpfs);
        Mount("mount", "-t", "tmpfs", "upper", tmpfs);
        try
        {
            Directory.CreateDirectory(Path.Combine(tmpfs, "up"));
            Directory.CreateDirectory(Path.Combine(tmpfs, "work"));
            Assert.That(layers, Has.Length.GreaterThan(255));
            bundle.Mounting("/mnt", "overlay", "overlay", "lowerdir=" + layers, $"upperdir={tmpfs}/up,workdir={tmpfs}/work", "nosuid",
                "noatime", "rnodev", "sync");
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1\n9\n/mnt/new\n"));
            Assert.That(MountInfo(runtime, bundle, "/mnt").Attributes, Is.SupersetOf(new[] { "nosuid", "noatime", "nodev" }));
        }
        finally
        {
            Mount("umount", tmpfs);
        }
    }

    [Test]
    [Must("root.readonly")]
    public void The_root_is_read_only_if_it_was_asked_for_and_what_is_mounted_on_it_is_not()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("touch /tmp/x && touch /x").Mounting("/tmp", "tmpfs", "tmpfs");
        bundle.Config["root"]!["readonly"] = true;
        Assert.That(runtime.RunBundle(bundle).Expect(1).Errors, Does.Contain("/x: Read-only file system"));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "x")), Is.False);
    }

    [Test]
    public void A_read_only_root_still_gets_its_missing_working_directory()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("pwd");
        bundle.Config["root"]!["readonly"] = true;
        bundle.Process["cwd"] = "/work/here";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/work/here\n"));
    }

    [Test]
    public void Masked_paths_cannot_be_read_and_read_only_paths_not_written()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("cat /mnt/file; ls /mnt/dir /var/dir; touch /mnt/dir/x; echo x >/etc/passwd; echo x >/home/x; cat /home/y; ls /nowhere "
                + "2>/dev/null");
        foreach (string directory in new[] { "mnt/dir", "var/dir" })
        {
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, directory));
            File.WriteAllText(Path.Combine(bundle.Rootfs, directory, "hidden"), "");
        }
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/file"), "secret\n");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "home/y"), "y\n");
        bundle.Linux["maskedPaths"] = new JsonArray("/mnt/file", "/mnt/dir", "/var/dir", "/nowhere", "/nowhere/nor/here");
        bundle.Linux["readonlyPaths"] = new JsonArray("/etc/passwd", "/home", "/nowhere");
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.Output, Is.EqualTo("/mnt/dir:\n\n/var/dir:\ny\n"));
        Assert.That(result.Errors.Split("Read-only file system"), Has.Length.EqualTo(4), result.Errors);
    }

    /// <summary>A file in the place of a directory may hide what is to be masked: only what is missing needs no mask.</summary>
    [TestCase("maskedPaths"), TestCase("readonlyPaths")]
    public void A_path_below_a_file_is_an_error_and_not_a_missing_one(string property)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux[property] = new JsonArray("/etc/passwd/below");
        runtime.RunBundle(bundle).ExpectError($"/linux/{property}/0");
    }

    [Test]
    public void A_masked_path_below_a_read_only_one_and_the_other_way_about()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /mnt/secret; ls /mnt; ls /var");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/secret"), "secret\n");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "var/open"), "");
        bundle.Linux["maskedPaths"] = new JsonArray("/mnt/secret", "/var");
        bundle.Linux["readonlyPaths"] = new JsonArray("/mnt", "/var/open");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("secret\n"));
    }

    [TestCase("remount,ro,bind")]
    [TestCase("remount,ro"), Must("option.remount")]
    public void Remount_changes_what_is_mounted_there(string options)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("cat /mnt/file && touch /mnt/file").Mounting("/mnt", "bind", "sources", "bind")
            .Mounting("/mnt", "", "", options.Split(','));
        File.WriteAllText(Path.Combine(bundle.Sources, "file"), "text\n");
        Result result = runtime.RunBundle(bundle).Expect(1);
        Assert.That(result.Output, Is.EqualTo("text\n"), result.Errors);
        Assert.That(result.Errors, Does.Contain("Read-only"));
    }

    /// <summary>The last line of the container's mountinfo for a destination.</summary>
    internal static (string[] Attributes, string[] Optional, string Type, string Super) MountInfo(Runtime runtime, Bundle bundle,
        string destination)
    {
        bundle.Process["args"] = new JsonArray("cat", "/proc/self/mountinfo");
        string[]? found = null;
        foreach (string line in runtime.RunBundle(bundle).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
            if (line.Split(' ')[4] == destination)
                found = line.Split(' ');
        Assert.That(found, Is.Not.Null, $"{destination} is not mounted");
        int separator = Array.IndexOf(found!, "-");
        return (found![5].Split(','), found[6..separator], found[separator + 1], found[separator + 3]);
    }

    internal static void Mount(params string[] command)
    {
        string program = command[0] == "chown" ? "/usr/bin/chown" : $"/usr/bin/{command[0]}";
        Assert.That(Child.Start([program, .. command[1..]]).Wait(), Is.Zero, string.Join(' ', command));
    }
}
