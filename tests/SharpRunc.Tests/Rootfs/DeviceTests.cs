using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>config-linux.md#devices, #default-devices; runtime-linux.md#dev-symbolic-links.</summary>
internal sealed class DeviceTests
{
    [Test]
    [Must("devices.default")]
    public void The_default_devices_are_there()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%n %t:%T %a %u:%g %F", "/dev/null", "/dev/zero", "/dev/full", "/dev/random",
            "/dev/urandom", "/dev/tty");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(
            "/dev/null 1:3 666 0:0 character special file\n/dev/zero 1:5 666 0:0 character special file\n/dev/full 1:7 666 0:0 character "
            + "special file\n" +
            "/dev/random 1:8 666 0:0 character special file\n/dev/urandom 1:9 666 0:0 character special file\n/dev/tty 5:0 666 0:0 "
            + "character special file\n"));
    }

    [Test]
    [Must("devices.default"), Must("dev.links")]
    public void The_links_of_dev_are_there_and_no_console_without_a_terminal()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("for l in fd stdin stdout stderr ptmx; do readlink /dev/$l; done; ls /dev/console 2>&1");
        Assert.That(runtime.RunBundle(bundle).Output,
            Is.EqualTo("/proc/self/fd\n/proc/self/fd/0\n/proc/self/fd/1\n/proc/self/fd/2\npts/ptmx\nls: /dev/console: No such file or "
                + "directory\n"));
    }

    [Test]
    [Must("devices.available")]
    public void Devices_have_the_mode_and_owner_asked_for()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%n %t:%T %a %u:%g %F", "/dev/deep/zero", "/mnt/loop", "/dev/pipe", "/dev/usual",
            "/dev/u");
        bundle.Linux["devices"] = JsonNode.Parse("""
            [{ "path": "/dev/deep/zero", "type": "c", "major": 1, "minor": 5, "fileMode": 432, "uid": 7, "gid": 8 },
             { "path": "/mnt/loop", "type": "b", "major": 7, "minor": 0, "fileMode": 256 },
             { "path": "/dev/pipe", "type": "p", "fileMode": 33188 },
             { "path": "/dev/usual", "type": "c", "major": 1, "minor": 3 },
             { "path": "/dev/u", "type": "u", "major": 1, "minor": 3 }]
            """);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(
            "/dev/deep/zero 1:5 660 7:8 character special file\n/mnt/loop 7:0 400 0:0 block special file\n/dev/pipe 0:0 644 0:0 "
            + "fifo\n/dev/usual 1:3 666 0:0 character special file\n/dev/u 1:3 666 0:0 character special file\n"));
    }

    [Test]
    public void A_listed_device_takes_the_place_of_a_default_one()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T %a", "/dev/tty");
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/dev/tty", "type": "c", "major": 1, "minor": 3, "fileMode": 384 }]""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1:3 600\n"));
    }

    [TestCase("touch")]
    [TestCase("mknod-other")]
    [TestCase("mkfifo")]
    [Must("devices.mismatch")]
    public void If_a_file_already_exists_that_does_not_match_the_runtime_MUST_generate_an_error(string kind)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        string path = Path.Combine(bundle.Rootfs, "mnt/device");
        switch (kind)
        {
            case "touch": File.WriteAllText(path, ""); break;
            case "mkfifo": MountTests.Mount("mkfifo", path); break;
            default: MountTests.Mount("mknod", path, "c", "1", "5"); break;
        }
        bundle.Linux["devices"] = JsonNode.Parse("""[{ "path": "/mnt/device", "type": "c", "major": 1, "minor": 3 }]""");
        runtime.RunBundle(bundle).ExpectError("/linux/devices/0").ExpectError("/mnt/device exists and is not the character device 1:3");
    }

    [Test]
    public void A_file_that_matches_stays_as_it_is()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T %a %u", "/mnt/device");
        MountTests.Mount("mknod", "-m", "600", Path.Combine(bundle.Rootfs, "mnt/device"), "c", "1", "3");
        bundle.Linux["devices"] =
            JsonNode.Parse("""[{ "path": "/mnt/device", "type": "c", "major": 1, "minor": 3, "fileMode": 438, "uid": 5 }]""");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1:3 600 0\n"));
    }

    [Test]
    public void Nothing_is_made_in_a_dev_that_is_the_callers_own()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("ls", "/dev");
        for (int i = bundle.Mounts.Count - 1; i >= 0; i--)
            if (((string)bundle.Mounts[i]!["destination"]!).StartsWith("/dev", System.StringComparison.Ordinal))
                bundle.Mounts.RemoveAt(i);
        string dev = Path.Combine(bundle.Sources, "dev");
        Directory.CreateDirectory(dev);
        bundle.Mounting("/dev", "bind", dev, "rbind");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.Empty);
        Assert.That(Directory.GetFileSystemEntries(dev), Is.Empty);
    }

    [Test]
    public void A_dev_that_is_read_only_is_so_when_its_devices_are_made()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("ls /dev/null /dev/pts/ptmx; touch /dev/x");
        ((JsonArray)bundle.Mounts[1]!["options"]!).Add("ro");
        Result result = runtime.RunBundle(bundle).Expect(1);
        Assert.That(result.Output, Is.EqualTo("/dev/null\n/dev/pts/ptmx\n"));
        Assert.That(result.Errors, Does.Contain("Read-only file system"));
    }
}
