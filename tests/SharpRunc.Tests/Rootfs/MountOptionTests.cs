using System;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// config.md#linux-mount-options on the kernel: every option of the table, on a bind that lacks it, on one that has it, and on a new tmpfs.
/// </summary>
internal sealed class MountOptionTests
{
    private const string Flags = "ro,nosuid,nodev,noexec,noatime,nodiratime,nosymfollow";

    [TestCase("ro", "ro", true), TestCase("rw", "ro", false), TestCase("rro", "ro", true), TestCase("rrw", "ro", false), Must("option.ro")]
    public void Ro_makes_it_read_only_and_rw_writable(string option, string attribute, bool has) => Check(option, attribute, has);

    [TestCase("nosuid", "nosuid", true), TestCase("suid", "nosuid", false), TestCase("rnosuid", "nosuid", true),
        TestCase("rsuid", "nosuid", false), Must("option.suid")]
    public void Nosuid_ignores_set_user_id_bits_and_suid_heeds_them(string option, string attribute, bool has)
        => Check(option, attribute, has);

    [TestCase("nodev", "nodev", true), TestCase("dev", "nodev", false), TestCase("rnodev", "nodev", true), TestCase("rdev", "nodev", false),
        Must("option.dev")]
    public void Nodev_makes_device_nodes_unusable_and_dev_usable(string option, string attribute, bool has)
        => Check(option, attribute, has);

    [TestCase("noexec", "noexec", true), TestCase("exec", "noexec", false), TestCase("rnoexec", "noexec", true),
        TestCase("rexec", "noexec", false), Must("option.exec")]
    public void Noexec_forbids_programs_and_exec_allows_them(string option, string attribute, bool has) => Check(option, attribute, has);

    [TestCase("nosymfollow", "nosymfollow", true), TestCase("symfollow", "nosymfollow", false),
        TestCase("rnosymfollow", "nosymfollow", true), TestCase("rsymfollow", "nosymfollow", false)]
    public void Nosymfollow_follows_no_links_and_symfollow_does(string option, string attribute, bool has) => Check(option, attribute, has);

    [TestCase("noatime", "noatime", true), TestCase("atime", "noatime", false), TestCase("relatime", "relatime", true),
        TestCase("nodiratime", "nodiratime", true)]
    [TestCase("diratime", "nodiratime", false), TestCase("strictatime", "strictatime", true),
        TestCase("nostrictatime", "strictatime", false), TestCase("rnoatime", "noatime", true)]
    [TestCase("ratime", "noatime", false), TestCase("rnorelatime", "noatime", false), TestCase("rrelatime", "relatime", true),
        TestCase("rnodiratime", "nodiratime", true)]
    [TestCase("rdiratime", "nodiratime", false), TestCase("rstrictatime", "strictatime", true),
        TestCase("rnostrictatime", "strictatime", false), Must("option.atime")]
    public void When_access_times_are_written_is_as_the_option_says(string option, string attribute, bool has)
        => Check(option, attribute, has);

    [Test, Must("option.defaults")]
    public void Defaults_changes_nothing()
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(Lines(runtime, [("/c", "tmpfs", "tmpfs", "defaults,size=64k")]),
            Has.One.EndsWith(" /c rw,relatime - tmpfs tmpfs rw,size=64k"));
    }

    [TestCase("ro,rw", "rw,relatime")]
    [TestCase("rw,ro", "ro,relatime")]
    [TestCase("rro,rw", "ro,relatime")]
    [TestCase("rrw,ro", "rw,relatime")]
    [TestCase("ro,rrw", "rw,relatime")]
    [TestCase("noatime,strictatime,nosuid,suid", "rw")]
    [TestCase("rnoatime,relatime", "rw,noatime")]
    [TestCase("strictatime,rnoatime,noexec", "rw,noexec,noatime")]
    public void Of_two_options_the_later_one_counts_and_one_for_all_below_in_any_case(string options, string attributes)
    {
        using Runtime runtime = Runtime.Create();
        string[] lines = Lines(runtime, [("/a", "", "sources", "rbind," + options), ("/c", "tmpfs", "tmpfs", options)]);
        Assert.That(lines, Has.One.Contains($" /a {attributes} ").And.One.Contains($" /c {attributes} "));
    }

    [TestCase("sync", "rw,sync,"), TestCase("rsync", "rw,sync,"), TestCase("dirsync", "rw,dirsync,"), TestCase("rdirsync", "rw,dirsync,"),
        TestCase("sync,async", "rw,mode="), TestCase("rasync", "rw,mode="), Must("option.sync")]
    public void Sync_and_dirsync_make_the_file_system_write_at_once_and_async_not(string options, string super)
        => CheckSuper(options, super);

    [TestCase("lazytime", "rw,lazytime,"), TestCase("lazytime,nolazytime", "rw,mode="), TestCase("iversion", "rw,mode="),
        TestCase("noiversion", "rw,mode="), TestCase("silent", "rw,mode="), TestCase("loud", "rw,mode=")]
    [TestCase("mand", "rw,mand,"), TestCase("nomand", "rw,mode="), TestCase("rmand", "rw,mand,"), TestCase("rnomand", "rw,mode="),
        Must("option.superblock")]
    public void Flags_of_the_file_system_are_given_to_it(string options, string super) => CheckSuper(options, super);

    [TestCase("iversion", "MS_I_VERSION")]
    [TestCase("silent", "MS_SILENT")]
    public void Flags_that_only_mount_knows_are_given_to_it(string option, string flag)
    {
        using Runtime runtime = Runtime.Create();
        if (!File.Exists("/usr/bin/strace"))
            Assert.Ignore("strace is not installed");
        Bundle bundle = runtime.NewBundle("true").Mounting("/c", "mqueue", "mqueue", option, "nosuid").Write();
        Result result = runtime.Execute(["/usr/bin/strace", "-f", "-e", "trace=mount",
            .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        Assert.That(result.Expect(0).Errors, Does.Match($"mount\\(\"mqueue\", [^\\n]*{flag}"));
    }

    [TestCase("", "", "")]
    [TestCase("shared", "shared", "master"), TestCase("rshared", "shared", "shared"), TestCase("slave", "master", "master"),
        TestCase("rslave", "master", "master")]
    [TestCase("private", "", ""), TestCase("rprivate", "", ""), TestCase("unbindable", "unbindable", ""),
        TestCase("runbindable", "unbindable", "unbindable")]
    [TestCase("rshared,private", "", "shared"), TestCase("unbindable,rprivate", "", ""), Must("option.propagation")]
    public void Propagation_is_as_the_options_say_in_their_order(string options, string here, string below)
    {
        using Runtime runtime = Runtime.Create();
        string source = Source(runtime, "rw", "--make-rshared");
        try
        {
            string[] lines = Lines(runtime, [("/a", "", source, options.Length == 0 ? "rbind" : "rbind," + options)]);
            foreach ((string point, string expected) in new[] { ("/a", here), ("/a/below", below) })
            {
                string line = Array.Find(lines, line => line.Contains($" {point} ", StringComparison.Ordinal))!;
                foreach (string word in new[] { "shared", "unbindable" })
                    Assert.That(line.Contains(word, StringComparison.Ordinal), Is.EqualTo(expected == word), $"{word}: {line}");
                if (expected != "shared")
                    Assert.That(line.Contains("master", StringComparison.Ordinal), Is.EqualTo(expected == "master"), line);
            }
        }
        finally
        {
            MountTests.Mount("umount", "-R", source);
        }
    }

    [Test]
    public void Unknown_options_are_passed_to_the_file_system_as_a_comma_separated_string()
    {
        using Runtime runtime = Runtime.Create();
        string[] lines = Lines(runtime, [("/c", "tmpfs", "tmpfs", "nr_inodes=50"), ("/d", "tmpfs", "tmpfs", "size=64k|mode=700,uid=7")]);
        Assert.That(lines, Has.One.Contains("nr_inodes=50").And.One.Contains("size=64k,mode=700,uid=7"));
    }

    [Test]
    public void Remount_keeps_what_it_does_not_name()
    {
        using Runtime runtime = Runtime.Create();
        string[] lines = Lines(runtime, [("/c", "tmpfs", "tmpfs", "nosuid,noexec,size=64k,sync"),
            ("/c", "tmpfs", "tmpfs", "remount,ro,exec,size=128k,async,lazytime")]);
        Assert.That(lines, Has.One.EndsWith(" /c ro,nosuid,relatime - tmpfs tmpfs rw,lazytime,size=128k"), string.Join('\n', lines));
    }

    [Test]
    public void Remount_is_for_all_below_with_an_r_option_and_takes_propagation()
    {
        using Runtime runtime = Runtime.Create();
        string source = Source(runtime, "rw");
        try
        {
            string[] lines = Lines(runtime, [("/a", "", source, "rbind"), ("/a", "", "", "remount,bind,rro,rw,rshared")]);
            Assert.That(lines, Has.One.Match(" /a ro,relatime shared:[0-9]+ ").And.One.Match(" /a/below ro,relatime shared:[0-9]+ "));
        }
        finally
        {
            MountTests.Mount("umount", "-R", source);
        }
    }

    [TestCase("/mnt", "tmpfs", "remount,ro", "/mounts/6/destination", "nothing is mounted on /mnt")]
    [TestCase("/", "sysfs", "ro", "/mounts/6/destination", "cannot be the root")]
    [TestCase("/mnt/../..", "cgroup", "ro", "/mounts/6/destination", "cannot be the root")]
    [TestCase("/link", "tmpfs", "ro", "/mounts/6/destination", "on which nothing can be mounted")]
    [TestCase("/mnt", "", "bind,tmpcopyup", "/mounts/6/options", "tmpcopyup is only for a new mount of type tmpfs")]
    [TestCase("/mnt", "mqueue", "tmpcopyup", "/mounts/6/options", "tmpcopyup is only for a new mount of type tmpfs")]
    [TestCase("/mnt", "tmpfs", "src-nofollow", "/mounts/6/options", "are only for bind mounts")]
    [TestCase("/mnt", "cgroup", "nsdelegate", "/mounts/6/options", "accepts no file system options")]
    [TestCase("/mnt", "bind", "ro", "/mounts/6", "a bind mount needs the option bind or rbind")]
    [TestCase("/mnt", "", "ro", "/mounts/6", "the mount has no type")]
    public void An_option_that_cannot_have_its_effect_is_an_error(string destination, string type, string options, string pointer,
        string rule)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting(destination, type, "sources", options.Split(','));
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "..");
        runtime.RunBundle(bundle).ExpectError(pointer).ExpectError(rule);
    }

    [Test]
    public void A_read_only_device_is_mounted_read_only()
    {
        using Runtime runtime = Runtime.Create();
        string image = Path.Combine(runtime.Work, "image");
        Result loop = runtime.Execute(
            ["/bin/sh", "-c", $"truncate -s 2M {image} && mkfs.ext4 -qO ^has_journal {image} && losetup -rf --show {image}"]);
        if (loop.ExitCode != 0)
            Assert.Ignore($"no loop device here: {loop.Errors}");
        try
        {
            Assert.That(Lines(runtime, [("/c", "ext4", loop.Output.Trim(), "ro,nosuid")]),
                Has.One.Match(" /c ro,nosuid,relatime - ext4 /dev/loop[0-9]+ ro"));
        }
        finally
        {
            runtime.Execute(["/usr/sbin/losetup", "-d", loop.Output.Trim()]);
        }
    }

    /// <summary>What the mount and the one below it had, and have.</summary>
    private static void Check(string option, string attribute, bool has)
    {
        using Runtime runtime = Runtime.Create();
        string plain = Source(runtime, "rw"), flagged = Source(runtime, Flags);
        try
        {
            string[] lines = Lines(runtime,
                [("/a", "", plain, "rbind," + option), ("/b", "", flagged, "rbind," + option), ("/c", "tmpfs", "tmpfs", option)]);
            bool isRecursive = option[0] == 'r' && option is not ("ro" or "rw" or "relatime");
            bool Has(string attributes)
                => attribute == "strictatime" ? !attributes.Split(',').Intersect(["noatime", "relatime"]).Any()
                : attributes.Split(',').Contains(attribute);
            foreach ((string point, string before, bool isBelow) in new[] { ("/a", "rw,relatime", false), ("/a/below", "rw,relatime", true),
                ("/b", Flags, false), ("/b/below", Flags, true), ("/c", "", false) })
            {
                string line = Array.Find(lines, line => line.Contains($" {point} ", StringComparison.Ordinal))!;
                Assert.That(Has(line.Split(' ')[5]), Is.EqualTo(isBelow && !isRecursive ? Has(before) : has), $"{option}: {line}");
            }
        }
        finally
        {
            MountTests.Mount("umount", "-R", plain, flagged);
        }
    }

    private static void CheckSuper(string options, string super)
    {
        using Runtime runtime = Runtime.Create();
        // On a bind they are known, and have no effect, as with mount(8).
        string[] lines = Lines(runtime, [("/c", "tmpfs", "tmpfs", options + ",mode=700"), ("/a", "", "sources", "bind," + options)]);
        Assert.That(lines, Has.One.Contains(" /c rw,relatime - tmpfs tmpfs " + super), string.Join('\n', lines));
        Assert.That(lines, Has.One.Contains(" /a rw,relatime "));
    }

    /// <summary>A tmpfs with another one below, all with these flags.</summary>
    private static string Source(Runtime runtime, string flags, string propagation = "--make-rprivate")
    {
        string source = Path.Combine(runtime.Work, $"source-{flags.Length}");
        MountTests.Mount("sh", "-ec",
            $"mkdir {source}; mount -t tmpfs source {source}; mkdir {source}/below; mount -t tmpfs below {source}/below; "
            + $"mount -o remount,bind,{flags} {source}/below; mount -o remount,bind,{flags} {source}; mount {propagation} {source}");
        return source;
    }

    /// <summary>mountinfo of a container with these mounts; options are separated by commas, or by | where one has commas in it.</summary>
    private static string[] Lines(Runtime runtime, (string Destination, string Type, string Source, string Options)[] mounts)
    {
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/mountinfo");
        foreach ((string destination, string type, string source, string options) in mounts)
            bundle.Mounting(destination, type, source, options.Split(options.Contains('|', StringComparison.Ordinal) ? '|' : ','));
        return runtime.RunBundle(bundle).Expect(0).Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
