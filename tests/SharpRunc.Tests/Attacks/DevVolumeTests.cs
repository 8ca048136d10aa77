using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>A link of the image leads devices and links into a volume, a directory of the host.</summary>
internal sealed class DevVolumeTests
{
    // For the mapped root, the volume is another user's.
    private const string Closed = "permission denied";

    private const string Refused = "a symbolic link on the way leads into another mount, and devices and links are not made there";

    [TestCase("/vol", false)]
    [TestCase("/vol/sub", false)]
    [TestCase("/x", false)]
    [TestCase("/vol", true)] // the volume covers the config's tmpfs on /dev
    [TestCase("/x", true)]
    public void A_dev_that_leads_into_a_volume_is_refused(string target, bool mountsDev)
    {
        foreach (bool mapped in new[] { false, true })
        {
            using Runtime runtime = Runtime.Create();
            using Sentinel sentinel = new();
            Bundle bundle = runtime.NewBundle("true").WithLink("dev", target);
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "vol"));
            if (target == "/x")
                bundle.WithLink("x", "vol");
            string[] below = mountsDev ? ["/dev/"] : ["/dev"];
            bundle.WithoutMounts(below[0]).Mounting("/vol", "bind", sentinel.Path, "rbind");
            if (mapped)
                bundle.WithUserNamespace();
            runtime.RunBundle(bundle).ExpectError(mapped && target == "/vol/sub" ? Closed : "/dev: " + Refused);
        }
    }

    [TestCase("/link/node")]
    [TestCase("/link/sub/node")]
    [TestCase("/link/new/node")]
    [TestCase("/dev/linked/node")]
    public void A_listed_device_that_a_link_leads_into_a_volume_is_refused(string path)
    {
        bool isInDev = path.StartsWith("/dev/", System.StringComparison.Ordinal);
        foreach (bool mapped in isInDev ? [false] : new[] { false, true }) // the image's /dev is not the mapped root's
        {
            using Runtime runtime = Runtime.Create();
            using Sentinel sentinel = new();
            Bundle bundle = runtime.NewBundle("true").WithLink("link", "/vol").WithLink("dev/linked", "../vol")
                .WithoutMounts(isInDev ? "/dev" : "/dev/").Mounting("/vol", "bind", sentinel.Path, "rbind");
            Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "vol"));
            bundle.Linux["devices"] = new JsonArray(new JsonObject { ["path"] = path, ["type"] = "c", ["major"] = 1, ["minor"] = 3 });
            if (mapped)
                bundle.WithUserNamespace();
            runtime.RunBundle(bundle).ExpectError(mapped && path != "/link/node" ? Closed : "a symbolic link on the way leads ");
        }
    }

    [Test]
    public void A_terminal_is_not_bound_in_a_volume_that_a_link_leads_to()
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory volume = new(), dev = new();
        Directory.CreateDirectory(volume["pts"]);
        Bundle bundle = runtime.NewBundle("true").WithLink("dev", "/vol").WithoutMounts("/dev");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "vol"));
        bundle.Process["terminal"] = true;
        bundle.Mounting("/dev", "bind", dev.Path, "bind").Mounting("/vol", "bind", volume.Path, "bind")
            .Mounting("/dev/pts", "devpts", "devpts", "newinstance", "ptmxmode=0666");
        using ConsoleListener listener = new();
        runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, Runtime.NewId())
            .ExpectError(Refused);
        Assert.That(Directory.GetFileSystemEntries(volume.Path), Has.Length.EqualTo(1));
    }

    [Test]
    public void A_link_is_not_copied_into_a_volume_that_a_link_leads_to()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true").WithLink("link", "/vol").Mounting("/vol", "bind", sentinel.Path, "rbind")
            .Mounting("/link/copy", "bind", "/proc/self", "bind", "copy-symlink");
        runtime.RunBundle(bundle).ExpectError(Refused);
    }

    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(true, true)]
    public void A_dev_that_leads_to_a_directory_of_the_image_is_made_there(bool mountsDev, bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T", "/dev/null", "/x/sub/zero").WithLink("dev", "x/sub");
        Directory.CreateDirectory(Path.Combine(bundle.Rootfs, "x/sub"));
        if (!mountsDev)
            bundle.WithoutMounts("/dev");
        if (mapped)
            bundle.WithUserNamespace();
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1:3\n1:5\n"));
    }

    [Test]
    public void What_the_config_names_in_a_volume_is_made_there()
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory volume = new();
        Directory.CreateDirectory(volume["real"]);
        File.CreateSymbolicLink(volume["link"], "real");
        Bundle bundle = runtime.NewBundle("stat", "-c", "%t:%T", "/vol/node", "/vol/new/node", "/vol/real/node")
            .Mounting("/vol", "bind", volume.Path, "bind");
        JsonArray devices = [];
        foreach (string path in new[] { "/vol/node", "/vol/new/node", "/vol/link/node" })
            devices.Add((JsonNode)new JsonObject { ["path"] = path, ["type"] = "c", ["major"] = 1, ["minor"] = 3 });
        bundle.Linux["devices"] = devices;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("1:3\n1:3\n1:3\n"));
    }
}
