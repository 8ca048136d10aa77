using System.IO;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>config-linux.md#rootfs-mount-propagation, and that of single mounts.</summary>
internal sealed class PropagationTests
{
    [TestCase(null, "")]
    [TestCase("slave", "master:")]
    [TestCase("rslave", "master:")]
    [TestCase("private", "")]
    [TestCase("rprivate", "")]
    [TestCase("shared", "shared:")]
    [TestCase("rshared", "shared:")]
    [TestCase("unbindable", "unbindable")]
    [TestCase("runbindable", "unbindable")]
    public void The_root_has_the_propagation_asked_for_and_the_host_sees_no_mount(string? propagation, string optional)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle();
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        // A shared mount: what the container would mount on a peer of it would show.
        MountTests.Mount("mount", "--bind", bundle.Rootfs, bundle.Rootfs);
        MountTests.Mount("mount", "--make-shared", bundle.Rootfs);
        string before = File.ReadAllText("/proc/self/mountinfo");
        try
        {
            int pid = runtime.StartContainer(Runtime.NewId(), bundle.Says("exec sleep 1000"));
            Assert.That(File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
            string root = RootOf(pid);
            if (optional.Length == 0)
                Assert.That(root, Does.Not.Contain("shared:").And.Not.Contain("master:").And.Not.Contain("unbindable"));
            else
                Assert.That(root, Does.Contain(" " + optional));
        }
        finally
        {
            MountTests.Mount("umount", bundle.Rootfs);
        }
    }

    [Test]
    public void A_shared_root_is_of_a_peer_group_of_its_own()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("mkdir -p /mnt/x && mount -t tmpfs inner /mnt/x && exec sleep 1000");
        bundle.Linux["rootfsPropagation"] = "shared";
        Privileged(bundle);
        string before = File.ReadAllText("/proc/self/mountinfo");
        int pid = runtime.StartContainer(Runtime.NewId(), bundle);
        while (!File.ReadAllText($"/proc/{pid}/mountinfo").Contains(" /mnt/x ") && Directory.Exists($"/proc/{pid}/root/mnt"))
            Thread.Sleep(5);
        Assert.That(File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
    }

    [TestCase("rslave", true, false)]
    [TestCase("rprivate", false, false)]
    [TestCase("rshared", true, true)]
    [Must("option.propagation")]
    public void Mounts_travel_as_the_option_of_a_volume_says(string option, bool inwards, bool outwards)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("mkdir -p /mnt/out && mount -t tmpfs out /mnt/out && exec sleep 1000");
        Privileged(bundle);
        if (outwards)
            bundle.Linux["rootfsPropagation"] = "shared";
        string volume = Path.Combine(bundle.Sources, "volume"), into = Path.Combine(volume, "in"), outOf = Path.Combine(volume, "out");
        Directory.CreateDirectory(into);
        MountTests.Mount("mount", "-t", "tmpfs", "volume", volume);
        try
        {
            MountTests.Mount("mount", "--make-shared", volume);
            Directory.CreateDirectory(into);
            bundle.Mounting("/mnt", "bind", volume, "rbind", option);
            int pid = runtime.StartContainer(Runtime.NewId(), bundle);
            while (!File.ReadAllText($"/proc/{pid}/mountinfo").Contains(" /mnt/out "))
                Thread.Sleep(5);
            MountTests.Mount("mount", "-t", "tmpfs", "in", into);
            Assert.That(File.ReadAllText($"/proc/{pid}/mountinfo").Contains(" /mnt/in "), Is.EqualTo(inwards), "inwards");
            Assert.That(File.ReadAllText("/proc/self/mountinfo").Contains(outOf), Is.EqualTo(outwards), "outwards");
        }
        finally
        {
            MountTests.Mount("umount", "-R", volume);
        }
    }

    [TestCase("shared")]
    [TestCase("rshared")]
    [TestCase("slave")]
    public void The_hosts_shared_mounts_stay_when_the_old_root_goes(string propagation)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["rootfsPropagation"] = propagation;
        string outer = Path.Combine(runtime.Work, "outer"), inner = Path.Combine(outer, "inner");
        Directory.CreateDirectory(outer);
        MountTests.Mount("mount", "-t", "tmpfs", "outer", outer);
        try
        {
            MountTests.Mount("mount", "--make-shared", outer);
            Directory.CreateDirectory(inner);
            MountTests.Mount("mount", "-t", "tmpfs", "inner", inner);
            string before = File.ReadAllText("/proc/self/mountinfo");
            runtime.RunBundle(bundle).Expect(0);
            Assert.That(File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
        }
        finally
        {
            MountTests.Mount("umount", "-R", outer);
        }
    }

    [TestCase("unbindable")]
    [TestCase("runbindable")]
    public void Volumes_are_bound_below_an_unbindable_root(string propagation)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/etc/hosts").Mounting("/etc/hosts", "bind", "sources/hosts", "bind");
        bundle.Linux["rootfsPropagation"] = propagation;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("# hosts\n"));
    }

    [Test]
    public void Without_pivot_the_root_is_moved()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("ls -d /bin /proc/self >/dev/null && cat /proc/1/mountinfo");
        string before = File.ReadAllText("/proc/self/mountinfo");
        Result result = runtime.RunBundle(bundle, "--no-pivot").Expect(0);
        Assert.That(result.Output.Split(" - proc "), Has.Length.LessThanOrEqualTo(7), "one procfs and its masks");
        Assert.That(File.ReadAllText("/proc/self/mountinfo"), Is.EqualTo(before));
    }

    private static void Privileged(Bundle bundle)
    {
        foreach (string set in new[] { "bounding", "effective", "permitted" })
            ((System.Text.Json.Nodes.JsonArray)bundle.Process["capabilities"]![set]!).Add("CAP_SYS_ADMIN");
    }

    private static string RootOf(int pid)
    {
        foreach (string line in File.ReadLines($"/proc/{pid}/mountinfo"))
            if (line.Split(' ')[4] == "/")
                return line;
        return "";
    }
}
