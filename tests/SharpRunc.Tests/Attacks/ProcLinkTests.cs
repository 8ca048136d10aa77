using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>
/// CVE-2019-19921, CVE-2023-27561, CVE-2025-54867: proc and sysfs are mounted on directories of the image, through no link.
/// </summary>
internal sealed class ProcLinkTests
{
    [TestCase("proc", "/bad")]
    [TestCase("proc", "bad")]
    [TestCase("proc", "../../bad")]
    [TestCase("proc", "/missing")]
    [TestCase("sys", "/bad")]
    [TestCase("sys", "/missing")]
    [TestCase("sys", "bad")]
    [TestCase("sys", "../../bad")]
    [TestCase("proc", "proc")]
    [TestCase("proc", "/proc/self/root/bad")]
    public void A_link_in_the_place_of_proc_or_sysfs_is_refused(string name, string target)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").WithLink(name, target);
        string bad = Path.Combine(bundle.Rootfs, "bad");
        Directory.CreateDirectory(bad);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId())
            .ExpectError($"/{name} must be mounted on ordinary directory: openat2 /{name}: ");
        Assert.That(Directory.GetFileSystemEntries(bad), Is.Empty);
        Assert.That(Path.Exists(Path.Combine(bundle.Rootfs, "missing")), Is.False);
    }

    [TestCase("proc")]
    [TestCase("sys")]
    public void A_link_to_the_hosts_directory_is_refused(string name)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("true").WithLink(name, sentinel.Path);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError($"openat2 /{name}: ");
    }

    /// <summary>CVE-2023-28642: a bind of the host's is no way around it, nor is a mount where the link leads.</summary>
    [Test]
    public void A_link_is_refused_for_a_bind_too([Values("proc", "sys")] string name, [Values("proc", "bind")] string type,
        [Values] bool mapped)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").WithLink(name, "/bad").WithoutMounts("/" + name);
        if (mapped)
            bundle.WithUserNamespace();
        string bad = Path.Combine(bundle.Rootfs, "bad");
        Directory.CreateDirectory(bad);
        bundle.WithMount("/bad", "tmpfs", "tmpfs")
            .WithMount($"/{name}/.", type == "bind" ? type : name == "sys" ? "sysfs" : name, "/" + name, type == "bind" ? ["rbind"] : []);
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError($"openat2 /{name}: ")
            .ExpectError("no symbolic link may lead to it");
        Assert.That(Directory.GetFileSystemEntries(bad), Is.Empty);
    }

    [TestCase("proc")]
    [TestCase("sys")]
    public void A_file_in_the_place_of_proc_or_sysfs_is_refused(string name)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        Directory.Delete(Path.Combine(bundle.Rootfs, name));
        File.WriteAllText(Path.Combine(bundle.Rootfs, name), "");
        runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).ExpectError($"openat2 /{name}: ");
    }

    [Test]
    public void A_missing_proc_is_made()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("cat", "/proc/self/comm");
        Directory.Delete(Path.Combine(bundle.Rootfs, "proc"));
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("cat\n"));
    }
}
