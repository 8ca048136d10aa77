using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>tmpcopyup copies what an image has, however it is made.</summary>
internal sealed class CopyUpTests
{
    [Test]
    public void A_directory_deeper_than_there_are_descriptors_is_copied_up([Values] bool userNamespace)
    {
        const int depth = 1200;
        using Runtime runtime = Runtime.Create();
        string deep = string.Concat(System.Linq.Enumerable.Repeat("/d", depth));
        Bundle bundle = runtime.NewBundle().Says($"cat /s{deep}/leaf; stat -c %a /s/d /s{deep} /s/two /s/two/x");
        Directory.CreateDirectory(bundle.Rootfs + "/s" + deep);
        File.WriteAllText(bundle.Rootfs + "/s" + deep + "/leaf", "here\n");
        File.SetUnixFileMode(bundle.Rootfs + "/s" + deep, (UnixFileMode)0x3ED);
        Directory.CreateDirectory(bundle.Rootfs + "/s/two/x");
        File.SetUnixFileMode(bundle.Rootfs + "/s/two", (UnixFileMode)0x1FD);
        if (userNamespace)
            bundle.MapsUsers();
        bundle.Mounting("/s", "tmpfs", "tmpfs", "tmpcopyup").Write();
        Result result = runtime.Execute(["/bin/sh", "-c", "ulimit -n 256; exec "
            + "\"$@\"", "sh", .. runtime.Command("run", "--bundle", bundle.Path, Runtime.NewId())]);
        Assert.That(result.Expect(0).Output, Is.EqualTo("here\n755\n1755\n775\n755\n"));
    }

    /// <summary>What root reads there, the kernel's messages for one, is not the container's.</summary>
    [TestCase("/sys/kernel", false)]
    [TestCase("/real", true)]
    public void What_the_kernel_makes_up_is_not_copied_up(string target, bool isCopied)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("ls", "/s");
        bundle.WithLink("s", target);
        Directory.CreateDirectory(bundle.Rootfs + "/real");
        File.WriteAllText(bundle.Rootfs + "/real/file", "");
        Result result = runtime.RunBundle(bundle.Mounting("/s", "tmpfs", "tmpfs", "tmpcopyup"));
        if (isCopied)
            Assert.That(result.Expect(0).Output, Is.EqualTo("file\n"));
        else
            result.ExpectError("tmpcopyup");
    }
}
