using System;
using System.IO;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// A directory passes its mode on, and not its owner, to a tmpfs that covers it if it is the image's; one that the runtime made has none to
/// give.
/// </summary>
internal sealed class TmpfsModeTests
{
    private const UnixFileMode Mode750 = (UnixFileMode)0x1E8;

    [Test]
    public void A_tmpfs_without_a_mode_on_a_directory_that_was_missing_has_the_kernels_1777([Values] bool inUserNamespace,
        [Values("", "tmpcopyup")] string option)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Of(runtime, inUserNamespace).Says("stat -c %a /new /new/deeper /a /a/b /there /link/in");
        string there = Path.Combine(bundle.Rootfs, "there");
        Directory.CreateDirectory(there);
        if (inUserNamespace)
            MountTests.Mount("chown", "100000:100000", there);
        File.SetUnixFileMode(there, Mode750);
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "/nowhere/yet");
        string[] options = option.Length == 0 ? ["size=1m"] : ["size=1m", option];
        foreach (string destination in new[] { "/new", "/new/deeper", "/a/b", "/there", "/link/in" })
            bundle.Mounting(destination, "tmpfs", "t", options);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1777\n1777\n755\n1777\n750\n1777\n"));
    }

    [Test]
    public void So_has_one_on_a_directory_that_was_made_for_what_is_below_it([Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Of(runtime, inUserNamespace).Says("stat -c %a /a /a/b /c");
        string file = Path.Combine(bundle.Path, "file");
        File.WriteAllText(file, "");
        bundle.Mounting("/a/b/c", "tmpfs", "t").Mounting("/a", "tmpfs", "t").Mounting("/a/b/c", "tmpfs", "t").Mounting("/a/b", "tmpfs", "t")
            .Mounting("/c/d/file", "bind", file, "bind").Mounting("/c", "tmpfs", "t");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1777\n1777\n1777\n"));
    }

    [TestCase("", "750 0:0")]
    [TestCase("mode=711", "711 0:0")]
    [TestCase("uid=3", "750 3:0")]
    [TestCase("gid=4", "750 0:4")]
    [TestCase("mode=1770,uid=3,gid=4", "1770 3:4")]
    [TestCase("mode=0,uid=0,gid=0", "0 0:0")]
    public void With_tmpcopyup_the_tmpfs_is_as_without_and_what_is_in_it_as_it_was(string options, string expected)
    {
        foreach (bool inUserNamespace in new[] { false, true })
        {
            using Runtime runtime = Runtime.Create();
            Bundle bundle = Of(runtime, inUserNamespace).Says("stat -c '%a %u:%g' /mnt /mnt/file");
            string mnt = Path.Combine(bundle.Rootfs, "mnt"), file = Path.Combine(mnt, "file");
            int first = inUserNamespace ? 100000 : 0;
            File.WriteAllText(file, "");
            File.SetUnixFileMode(file, Mode750);
            MountTests.Mount("chown", "-R", $"{first + 7}:{first + 8}", mnt);
            File.SetUnixFileMode(mnt, Mode750);
            bundle.Mounting("/mnt", "tmpfs", "t", ["tmpcopyup", .. options.Split(',', System.StringSplitOptions.RemoveEmptyEntries)]);
            Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo($"{expected}\n750 7:8\n"), $"{inUserNamespace}");
        }
    }

    /// <summary>File capabilities, and what programs keep there; the tmpfs's own directory has none, as its owner is its own.</summary>
    [Test]
    public void With_tmpcopyup_files_and_directories_keep_their_extended_attributes([Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Of(runtime, inUserNamespace).Mounting("/mnt", "tmpfs", "t", "tmpcopyup");
        bundle.Process["args"] = new System.Text.Json.Nodes.JsonArray("sleep", "1000");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "mnt/sub"));
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/file"), "");
        byte[] capability = inUserNamespace ? [] : [1, 0, 0, 2, 0, 0x20, .. new byte[14]]; // linux/capability.h: vfs_cap_data, revision 2
        foreach (string name in new[] { "", "sub", "file" })
        {
            using Fd place = Sys.OpenAt(Fd.Cwd, Path.Combine(bundle.Rootfs, "mnt", name), O_RDONLY);
            if (inUserNamespace)
                Assert.That(Sys.TryFchown(place, 100007, 100008).Errno, Is.Zero);
            Assert.That(Sys.TryFsetxattr(place, "trusted.mine", "x"u8).Errno, Is.Zero);
            if (capability.Length > 0 && name == "file")
                Assert.That(Sys.TryFsetxattr(place, "security.capability", capability).Errno, Is.Zero);
            if (Sys.TryFsetxattr(place, "user.mine", [0, 255]).Failed)
                Assert.Ignore("the file system of the test has no extended attributes");
        }
        int pid = runtime.StartContainer(Runtime.NewId(), bundle);
        foreach (string name in new[] { "", "sub", "file" })
        {
            using Fd place = Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/root/mnt/{name}", O_RDONLY);
            string[] attributes = Sys.ListXattr(place, name);
            if (name.Length == 0)
                Assert.That(attributes, Is.Empty);
            // tmpfs has user.… since then
            else if (Array.IndexOf(attributes, "user.mine") >= 0 || Environment.OSVersion.Version >= new Version(6, 6))
                Assert.That(Sys.TryGetXattr(place, "user.mine"), Is.EqualTo(new byte[] { 0, 255 }), name);
            // A user namespace neither sees nor writes what is trusted.
            Assert.That(Array.IndexOf(attributes, "trusted.mine") >= 0, Is.EqualTo(name.Length > 0 && !inUserNamespace), name);
            if (capability.Length > 0 && name == "file")
                Assert.That(Sys.TryGetXattr(place, "security.capability"), Is.EqualTo(capability));
        }
    }

    [Test]
    public void What_is_made_for_mounts_belongs_to_the_containers_root_and_only_it_may_write_there([Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = Of(runtime, inUserNamespace)
            .Says("stat -c '%a %u:%g' /p /p/q /p/q/file.d /work; umount /p/q/file /p/q/file.d 2>/dev/null; stat -c '%a %u:%g' /p/q/file");
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((System.Text.Json.Nodes.JsonArray)bundle.Process["capabilities"]![set]!).Add("CAP_SYS_ADMIN");
        bundle.Process["cwd"] = "/work/here";
        bundle.Mounting("/p/q/file", "bind", "sources/hosts", "bind").Mounting("/p/q/file.d", "tmpfs", "t", "mode=700");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("755 0:0\n755 0:0\n700 0:0\n755 0:0\n644 0:0\n"));
    }

    private static Bundle Of(Runtime runtime, bool inUserNamespace)
    {
        Bundle bundle = runtime.NewBundle();
        if (inUserNamespace)
        {
            bundle.MapsUsers();
            MountTests.Mount("chown", "-R", "-h", "100000:100000", bundle.Rootfs);
        }
        return bundle;
    }
}
