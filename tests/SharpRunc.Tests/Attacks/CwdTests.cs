using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>CVE-2024-21626: the working directory is in the container, or the container does not run.</summary>
internal sealed class CwdTests
{
    private const string Where = "readlink /proc/self/cwd; ls -a .. | head -100";

    [Test]
    public void No_descriptor_is_a_working_directory_outside(
        [Values("/proc/self/fd/{0}", "/proc/self/fd/{0}/../..", "/proc/1/fd/{0}", "/proc/1/fd/{0}/..")] string cwd)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("sh", "-c", Where);
        Assert.Multiple(() =>
        {
            for (int number = 0; number <= 32; number++)
            {
                bundle.WithCwd(string.Format(System.Globalization.CultureInfo.InvariantCulture, cwd, number));
                string[] inherited = ["/bin/bash", "-c", $"exec 7<'{sentinel.Path}' 9</ 20<'{sentinel.Path}'; exec \"$@\"", "bash",
                    .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())];
                Result result = runtime.Execute(inherited);
                Assert.That(result.ExitCode, Is.Not.Zero, $"{number}: {result.Output}");
                Assert.That(result.Output, Is.Empty);
            }
        });
        Assert.That(Directory.GetFileSystemEntries(bundle.Rootfs), Has.Length.EqualTo(12), "nothing was made in the image either");
    }

    [TestCase("/proc/self/fd/7")]
    [TestCase("/proc/1/root")]
    [TestCase("/proc/self/cwd")]
    public void A_link_of_the_image_to_a_descriptor_leads_nowhere(string target)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "readlink /proc/self/cwd; ls /bin/busybox").WithLink("link", target).WithCwd("/link");
        Result result = runtime.Execute(["/bin/bash", "-c", "exec 7</; exec \"$@\"", "bash",
            .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        if (result.Ran())
            Assert.That(result.Output, Is.EqualTo("/\n/bin/busybox\n"));
    }

    [TestCase("/made/deep")]
    [TestCase("/../../made/deep")]
    [TestCase("/link/made/deep")]
    public void A_missing_working_directory_is_made_in_the_root_only(string cwd)
    {
        using Runtime runtime = Runtime.Create();
        using Sentinel sentinel = new();
        Bundle bundle = runtime.NewBundle("readlink", "/proc/self/cwd").WithLink("link", sentinel.Path).WithCwd(cwd);
        string path = cwd.Replace("/..", "", System.StringComparison.Ordinal)
            .Replace("/link", sentinel.Path, System.StringComparison.Ordinal);
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo(path + "\n"));
        Assert.That(Directory.Exists(bundle.Rootfs + path), Is.True);
    }

    [Test]
    public void A_missing_working_directory_is_made_before_the_root_is_read_only()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("readlink", "/proc/self/cwd").WithCwd("/made");
        bundle.Config["root"]!["readonly"] = true;
        bundle.Write();
        Assert.That(runtime.Run("run", "--bundle", bundle.Path, Runtime.NewId()).Expect(0).Output, Is.EqualTo("/made\n"));
    }
}
