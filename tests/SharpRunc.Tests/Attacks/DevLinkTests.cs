using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2026-41579, CVE-2026-47766: a /dev of the image never leads devices, links or their removal to the host.</summary>
internal sealed class DevLinkTests
{
    [TestCase("dev", "")]
    [TestCase("dev", "/sub")]
    [TestCase("dev/pts", "")]
    [TestCase("dev/shm", "/sub")]
    [TestCase("dev/fd", "/sub")]
    [TestCase("dev/ptmx", "/ptmx")]
    [TestCase("dev/null", "/secret")]
    [TestCase("dev/null", "/new")]
    [TestCase("dev/console", "/new")]
    [TestCase("dev/pts", "/sub")]
    [TestCase("dev/shm", "/missing")]
    [TestCase("dev/mqueue", "")]
    [TestCase("dev/fd", "")]
    [TestCase("dev/stdin", "/secret")]
    [TestCase("dev/core", "/new")]
    [TestCase("dev/tty", "/secret")]
    public void A_link_in_dev_never_reaches_the_host(string name, string below)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        foreach (string keep in new[] { "/dev", "/dev/" }) // without any mount at /dev, then with what is mounted below it
        {
            Bundle bundle = runtime.NewBundle("true").WithLink(name, sentinel.Path + below);
            if (keep == "/dev")
                bundle.WithoutMounts("/dev");
            else
                bundle.Mounts.RemoveAt(1);
            bundle.Write();
            runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Ran();
        }
    }

    [TestCase("/dev/../x", "x")]
    [TestCase("/../../../y", "y")]
    [TestCase("/link/node", null)]
    [TestCase("/link", null)]
    [TestCase("/link/../z", null)]
    [TestCase("/file", null)]
    [TestCase("/new", null)]
    [TestCase("/new/node", null)]
    [TestCase("/up/node", null)]
    public void A_devices_path_is_taken_below_the_root(string path, string? made)
    {
        foreach (bool mapped in new[] { false, true }) // made by mknod, then bound from the host
            TakenBelow(path, mapped ? null : made, mapped);
    }

    private static void TakenBelow(string path, string? made, bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true").WithLink("link", sentinel.Path).WithLink("file", sentinel["secret"])
            .WithLink("new", sentinel["new"])
            .WithLink("up", "../../../../../../.." + sentinel.Path);
        if (mapped)
            bundle.WithUserNamespace();
        bundle.Linux["devices"] = new JsonArray(new JsonObject { ["path"] = path, ["type"] = "c", ["major"] = 1, ["minor"] = 3 });
        bundle.Write();
        bool ran = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Ran();
        if (made is not null)
            Assert.That(ran && File.Exists(Path.Combine(bundle.Rootfs, made)), Is.True);
    }

    [Test]
    public void A_device_that_must_be_bound_is_the_one_that_was_asked_for()
    {
        using Runtime runtime = Runtime.CreateForUser();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["devices"] = new JsonArray(new JsonObject { ["path"] = "/dev/zero", ["type"] = "c", ["major"] = 1, ["minor"] = 3 });
        bundle.Write();
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError("/dev/zero of the host is not the character device 1:3");
    }
}
