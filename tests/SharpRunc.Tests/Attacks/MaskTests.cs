using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>S02, S04 (CVE-2025-31133): masks cover what is in the container, with the real null device.</summary>
internal sealed class MaskTests
{
    [Test]
    public void A_masked_path_through_a_link_of_the_image_masks_the_containers_file()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "cat /etc/passwd; stat -c %F:%t:%T /etc/passwd").WithLink("x", "/etc").WithLink("host", sentinel.Path);
        bundle.Linux["maskedPaths"] = Attack.Array(["/x/passwd", "/host/secret", "/host", "/missing/a", "/etc/group/below"]);
        bundle.Write();
        string passwd = File.ReadAllText("/etc/passwd");
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("character special file:1:3\n"));
        Assert.That(File.ReadAllText("/etc/passwd"), Is.EqualTo(passwd));
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "etc/passwd")), Does.Contain("root:"));
    }

    [Test]
    public void A_readonly_path_through_a_link_of_the_image_is_the_containers()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", "echo a > /etc/passwd; echo b > /tmp/b").WithLink("x", "/etc").WithLink("host", sentinel.Path);
        bundle.Linux["readonlyPaths"] = Attack.Array(["/x/passwd", "/host/sub", "/host"]);
        bundle.Write();
        Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "tmp/b")), Is.EqualTo("b\n"));
        File.WriteAllText(sentinel["secret"], File.ReadAllText(sentinel["secret"])); // still writable
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
            Bundle bundle = runtime.NewBundle("sh", "-c", "stat -c %F:%t:%T /maskme; cat /maskme").WithoutMounts("/dev").WithMount("/dev", "bind", dev, "rbind");
            File.WriteAllText(Path.Combine(bundle.Rootfs, "secret"), "SECRET");
            File.WriteAllText(Path.Combine(bundle.Rootfs, "maskme"), "ORIGINAL");
            bundle.Linux["maskedPaths"] = new JsonArray("/maskme");
            bundle.Write();
            Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId());
            if (result.Ran())
                Assert.That(result.Output, Is.EqualTo("character special file:1:3\n"));
            Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "maskme")), Is.EqualTo("ORIGINAL"));
            Assert.That(Directory.GetFileSystemEntries(dev), Has.Length.EqualTo(kind == "absent" ? 0 : 1), "nothing is made in a /dev that was bound");
        }
        finally
        {
            Directory.Delete(dev, recursive: true);
        }
    }
}
