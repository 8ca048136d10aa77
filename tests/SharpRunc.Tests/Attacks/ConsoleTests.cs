using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// CVE-2025-52565, CVE-2026-88264, CVE-2026-88265: neither the console nor the standard streams lead out of the container.
/// </summary>
internal sealed class ConsoleTests
{
    [TestCase("new")]
    [TestCase("secret")]
    [TestCase("sub")]
    public void A_link_for_the_console_never_reaches_the_host(string name)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        foreach (string keep in new[] { "/dev", "/dev/" })
        {
            Bundle bundle = WithTerminal(runtime).WithLink("dev/console", sentinel[name]);
            if (keep == "/dev")
                bundle.WithoutMounts("/dev").WithMount("/dev/pts", "devpts", "devpts", "ptmxmode=0666");
            else
                bundle.Mounts.RemoveAt(1);
            Create(runtime, bundle, "/dev/console of the image is a symbolic link");
        }
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_link_for_the_console_to_a_file_of_the_container_is_refused(bool isReadonly)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithTerminal(runtime).WithLink("dev/console", "/victim").WithoutMounts("/dev")
            .WithMount("/dev/pts", "devpts", "devpts", "ptmxmode=0666");
        bundle.Config["root"]!["readonly"] = isReadonly;
        string victim = Path.Combine(bundle.Rootfs, "victim");
        File.WriteAllText(victim, "victim\n");
        Create(runtime, bundle, "/dev/console of the image is a symbolic link");
        Assert.That(File.ReadAllText(victim), Is.EqualTo("victim\n"));
    }

    [Test]
    public void A_link_for_dev_never_reaches_the_host()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Create(runtime, WithTerminal(runtime).WithLink("dev", sentinel.Path).WithoutMounts("/dev")
            .WithMount("/dev/pts", "devpts", "devpts", "ptmxmode=0666"), null);
    }

    [Test]
    public void A_directory_that_looks_like_a_devpts_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory fake = new();
        runtime.Execute(["/usr/bin/mknod", fake["ptmx"], "c", "5", "2"]).Expect(0);
        for (int i = 0; i < 64; i++)
            File.CreateSymbolicLink(fake[$"{i}"], "/victim");
        Bundle bundle = WithTerminal(runtime).WithoutMounts("/dev/pts").WithMount("/dev/pts", "bind", fake.Path, "rbind");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "victim"), "victim\n");
        Create(runtime, bundle, "/dev/pts is not a devpts");
    }

    [Test]
    public void A_link_for_the_devpts_leads_to_the_containers()
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = WithTerminal(runtime).WithoutMounts("/dev").WithLink("dev/pts", sentinel.Path);
        Create(runtime, bundle, "cannot allocate a terminal");
    }

    [Test]
    public void A_null_device_of_the_image_is_not_given_to_the_containers_user()
    {
        using Runtime runtime = Runtime.Create();
        using TemporaryDirectory host = new();
        File.WriteAllText(host["secret"], "HOST SECRET\n");
        runtime.Execute(["/usr/bin/chown", "1234", host["secret"]]).Expect(0);
        foreach (string target in new[] { host["secret"], "/inside" })
        {
            Bundle bundle = runtime.NewBundle("sh", "-c", "cat").WithoutMounts("/dev").WithLink("dev/null", target);
            string inside = Path.Combine(bundle.Rootfs, "inside");
            File.WriteAllText(inside, "INSIDE\n");
            runtime.Execute(["/usr/bin/chown", "1234", inside]).Expect(0);
            bundle.Process["user"] = new JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
            bundle.Write();
            Result result = runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()); // its stdin is the host's /dev/null
            result.Ran();
            Assert.That(result.Output, Is.Empty);
            foreach (string file in new[] { host["secret"], inside })
                Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%u", file]).Expect(0).Output, Is.EqualTo("1234\n"));
        }
        Assert.That(runtime.Execute(["/usr/bin/stat", "-c", "%u:%t:%T", "/dev/null"]).Expect(0).Output, Is.EqualTo("0:1:3\n"));
    }

    private static Bundle WithTerminal(Runtime runtime)
    {
        Bundle bundle = runtime.NewBundle("true");
        bundle.Process["terminal"] = true;
        return bundle;
    }

    /// <param name="error">null: created or refused, as it pleases.</param>
    private static void Create(Runtime runtime, Bundle bundle, string? error)
    {
        using ConsoleListener listener = new();
        string id = Runtime.NewId();
        Result result = runtime.Run("create", "--bundle", bundle.Write().Path, "--console-socket", listener.Path, id);
        if (error is not null)
            result.ExpectError(error);
        else if (result.ExitCode == 0)
            runtime.Run("delete", "--force", id).Expect(0);
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
    }
}
