using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2025-31133: masks cover what is in the container, with the real null device.</summary>
internal sealed class MaskTests
{
    [Test]
    public void A_masked_path_through_a_link_of_the_image_masks_the_containers_file()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "cat /etc/passwd; stat -c %F:%t:%T /etc/passwd").WithLink("x", "/etc")
            .WithLink("host", sentinel.Path);
        bundle.Linux["maskedPaths"] = Attack.Array(["/x/passwd", "/host/secret", "/host", "/missing/a"]);
        bundle.Write();
        string passwd = File.ReadAllText("/etc/passwd");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output,
            Is.EqualTo("character special file:1:3\n"));
        Assert.That(File.ReadAllText("/etc/passwd"), Is.EqualTo(passwd));
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "etc/passwd")), Does.Contain("root:"));
    }

    [Test]
    public void A_readonly_path_through_a_link_of_the_image_is_the_containers()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "echo a > /etc/passwd; echo b > /tmp/b").WithLink("x", "/etc")
            .WithLink("host", sentinel.Path);
        bundle.Linux["readonlyPaths"] = Attack.Array(["/x/passwd", "/host/sub", "/host"]);
        bundle.Write();
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/b")), Is.EqualTo("b\n"));
        File.WriteAllText(sentinel["secret"], File.ReadAllText(sentinel["secret"])); // still writable
    }

    /// <summary>Locks, leases and watches of an inode are shared by all who reach it.</summary>
    [Test]
    public void The_mask_of_a_file_and_standard_input_are_not_the_hosts_null_device([Values] bool mapsUsers)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-L", "-c", "%t:%T %d:%i", "/etc/passwd", "/proc/timer_list", "/proc/self/fd/0");
        bundle.Linux["maskedPaths"] = Attack.Array(["/etc/passwd", "/proc/timer_list"]);
        if (mapsUsers)
            bundle.MapsUsers();
        bundle.Write();
        string host = runtime.Execute(["/usr/bin/stat", "-c", "%t:%T %d:%i", "/dev/null"]).Expect(0).Output.Trim();
        string[] inside = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output.Trim().Split('\n');
        Assert.That(inside, Has.Length.EqualTo(3).And.All.StartsWith("1:3 ").And.None.EqualTo(host));
    }

    [TestCase("/")]
    [TestCase("/.")]
    [TestCase("/proc/..")]
    [TestCase("/x")]
    public void The_root_itself_is_read_only_where_it_is_listed_and_cannot_be_masked(string path)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("touch", "/tmp/made").WithLink("x", "../..");
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Linux["readonlyPaths"] = new JsonArray(path);
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Errors, Does.Contain("Read-only file system"));
        Assert.That(File.Exists(Path.Combine(bundle.Rootfs, "tmp/made")), Is.False);
        bundle.Linux["readonlyPaths"] = new JsonArray();
        bundle.Linux["maskedPaths"] = new JsonArray(path);
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("is the container's root, which cannot be masked");
        Assert.That(Directory.GetDirectories(runtime.Root), Is.Empty);
    }

    [TestCase("/proc/keys/")]
    [TestCase("/proc/keys/.")]
    [TestCase("//proc//keys")]
    [TestCase("/./proc/./keys/./")]
    [TestCase("/proc/self/../keys")]
    [TestCase("/../proc/keys")]
    [TestCase("/x/keys/")]
    [TestCase("/etc/passwd/")]
    [TestCase("/x/../etc/passwd/.")]
    public void However_a_path_is_spelled_it_is_masked_and_read_only(string path)
    {
        using Runtime runtime = Runtime.Create();
        string file = path.Contains("keys", System.StringComparison.Ordinal) ? "/proc/keys" : "/etc/passwd";
        Bundle bundle = runtime.NewBundle("sh", "-c", $"cat {file}; stat -c %F:%t:%T {file}").WithLink("x", "/proc");
        bundle.Linux["maskedPaths"] = new JsonArray(path);
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output,
            Is.EqualTo("character special file:1:3\n"));
        bundle.Linux["maskedPaths"] = new JsonArray();
        bundle.Linux["readonlyPaths"] = new JsonArray(path);
        bundle.Process["args"] = new JsonArray("sh", "-c", $"grep -c ' {file} ro' /proc/self/mountinfo");
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("1\n"));
    }

    [TestCase("/proc/keys", "/proc/keys")]
    [TestCase("/proc/keys", "/proc/keys/")]
    [TestCase("/x/keys", "/proc/keys")]
    [TestCase("/proc/acpi", "/proc/acpi")]
    [TestCase("/x/bus", "/proc/bus")]
    public void A_path_that_is_listed_twice_is_masked_once(string first, string second)
    {
        using Runtime runtime = Runtime.Create();
        string name = second.TrimEnd('/');
        if (!Path.Exists(name))
            Assert.Ignore($"this kernel has no {name}");
        Bundle bundle = runtime.NewBundle("sh", "-c", $"grep -c ' {name} ' /proc/self/mountinfo").WithLink("x", "/proc");
        bundle.Linux["maskedPaths"] = new JsonArray("/proc/timer_list", first, second);
        bundle.Linux["readonlyPaths"] = new JsonArray();
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("1\n"));
    }

    [TestCase("maskedPaths", "/etc/group/below")]
    [TestCase("readonlyPaths", "/etc/group/below")]
    [TestCase("maskedPaths", "/loop")]
    [TestCase("readonlyPaths", "/loop/a")]
    public void What_cannot_be_looked_up_is_an_error_and_not_left_out(string property, string path)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").WithLink("loop", "loop");
        bundle.Linux[property] = new JsonArray("/missing", path);
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError($"pointer=/linux/{property}/1");
    }

    [TestCase("/proc/self/fd/3")]
    [TestCase("/proc/1/root/etc/passwd")]
    public void A_masked_path_through_a_magic_link_is_refused(string path)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["maskedPaths"] = Attack.Array([path]);
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Ran();
    }

    [TestCase("link")]
    [TestCase("file")]
    [TestCase("zero")]
    [TestCase("absent")]
    public void Whatever_the_image_has_for_a_null_device_masks_are_the_real_one(string kind)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        string dev = sentinel["dev-of-the-image"];
        Directory.CreateDirectory(dev);
        try
        {
            switch (kind)
            {
                case "link":
                    File.CreateSymbolicLink(Path.Combine(dev, "null"), "/secret");
                    break;
                case "file":
                    File.WriteAllText(Path.Combine(dev, "null"), "SECRET");
                    break;
                case "zero":
                    runtime.Execute(["/usr/bin/mknod", Path.Combine(dev, "null"), "c", "1", "5"]).Expect(0);
                    break;
            }
            Bundle bundle = runtime.NewBundle("sh", "-c", "stat -c %F:%t:%T /maskme; cat /maskme").WithoutMounts("/dev")
                .WithMount("/dev", "bind", dev, "rbind");
            File.WriteAllText(Path.Combine(bundle.Rootfs, "secret"), "SECRET");
            File.WriteAllText(Path.Combine(bundle.Rootfs, "maskme"), "ORIGINAL");
            bundle.Linux["maskedPaths"] = new JsonArray("/maskme");
            bundle.Write();
            Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
            if (result.Ran())
                Assert.That(result.Output, Is.EqualTo("character special file:1:3\n"));
            Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "maskme")), Is.EqualTo("ORIGINAL"));
            Assert.That(Directory.GetFileSystemEntries(dev), Has.Length.EqualTo(kind == "absent" ? 0 : 1),
                "nothing is made in a /dev that was bound");
        }
        finally
        {
            Directory.Delete(dev, recursive: true);
        }
    }
}
