using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>config-linux.md#masked-paths, #readonly-paths, #rootfs-mount-propagation as the container's mountinfo shows them.</summary>
internal sealed class CoveredPathTests
{
    [Test]
    public void A_masked_directory_is_empty_and_read_only_and_a_masked_file_a_null_device()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle()
            .Says("ls -A /mnt/one /mnt/two; stat -c %t:%T /mnt/file /etc/group; cat /mnt/file; touch /mnt/one/x /mnt/two/x");
        foreach (string directory in new[] { "one", "two" })
            File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "mnt", directory)).FullName, "secret"),
                "secret");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/file"), "secret");
        bundle.Linux["maskedPaths"] = new JsonArray("/mnt/one", "/mnt/two", "/mnt/file", "/etc/group", "/no/such");
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.Output, Is.EqualTo("/mnt/one:\n\n/mnt/two:\n1:3\n1:3\n"));
        Assert.That(result.Errors, Does.Contain("/mnt/one/x: Read-only file system").And.Contain("/mnt/two/x: Read-only file system"));
        string[] attributes = MountTests.MountInfo(runtime, bundle, "/mnt/two").Attributes;
        Assert.That(attributes, Is.SupersetOf(new[] { "ro", "nosuid", "nodev", "noexec" }));
        Assert.That(File.ReadAllText(Path.Combine(bundle.Rootfs, "mnt/two/secret")), Is.EqualTo("secret"));
    }

    [Test]
    public void A_read_only_path_is_so_with_all_that_is_mounted_below_and_keeps_its_other_flags()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting("/mnt", "tmpfs", "tmpfs", "nosuid", "noexec", "noatime")
            .Mounting("/mnt/below", "tmpfs", "tmpfs", "nodev");
        bundle.Linux["readonlyPaths"] = new JsonArray("/mnt", "/etc/passwd", "/no/such");
        Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt").Attributes, Is.SupersetOf(new[] { "ro", "nosuid", "noexec", "noatime" }));
        Assert.That(MountTests.MountInfo(runtime, bundle, "/mnt/below").Attributes, Is.SupersetOf(new[] { "ro", "nodev" }));
        Assert.That(MountTests.MountInfo(runtime, bundle, "/etc/passwd").Attributes, Does.Contain("ro"));
    }

    [TestCase("shared", "shared:", false)]
    [TestCase("rshared", "shared:", true)]
    [TestCase("unbindable", "unbindable", false)]
    [TestCase("runbindable", "unbindable", true)]
    public void A_recursive_propagation_is_that_of_every_mount_and_another_that_of_the_root(string propagation, string optional,
        bool everywhere)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/mountinfo").Mounting("/mnt", "tmpfs", "tmpfs", "rprivate");
        bundle.Linux["rootfsPropagation"] = propagation;
        foreach (string line in runtime.RunBundle(bundle).Expect(0).Output.Split('\n'))
            if (line.Split(' ') is [_, _, _, _, string point, ..] && point is "/" or "/mnt")
                Assert.That(line.Contains(" " + optional, System.StringComparison.Ordinal), Is.EqualTo(point == "/" || everywhere), line);
    }
}
