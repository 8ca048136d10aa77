using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Init;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>HOME from the image's passwd(5): nothing in it can make a start fail.</summary>
internal sealed class PasswdTests
{
    [TestCase("root:x:0:0::/root:/bin/sh\nu:x:1000:1000::/home/u:/bin/sh\n", "/home/u")]
    [TestCase("u:x:1000:1000::/home/u", "/home/u", TestName = "without a shell and an end of line")]
    [TestCase("u:x:1000:1000::/first:\nv:x:1000:1000::/second:\n", "/first", TestName = "the first entry counts")]
    [TestCase("a:x:1:1:x\u0085u\u2028v\rw\f:/a:\nu:x:1000:1000:g\u0085h\u2028i\rj\f:/ho\u0085me:\n", "/ho\u0085me",
        TestName = "a line ends at a line feed alone")]
    [TestCase("u:x:1000:1000:::\n", "/", TestName = "an empty directory")]
    [TestCase("u:x: 1000:1000::/a:\nu:x:+1000:1000::/b:\nu:x:99999999999999999999:0::/c:\n::::\nu:x:1000\n", "/",
        TestName = "what is no entry of this user")]
    [TestCase("u:x:1000:1000::/a\0b:\n", "/", TestName = "a NUL")]
    public void The_directory_of_a_user(string passwd, string home)
        => Assert.That(Passwd.Home(Encoding.UTF8.GetBytes(passwd), 1000), Is.EqualTo(home));

    [Test]
    public void A_directory_is_bytes()
        => Assert.That(Passwd.Home([.. "u:x:1000:1000::/caf"u8, 0xE9, .. ":"u8], 1000), Is.EqualTo("/caf\uDCE9"));

    [TestCase("mkfifo etc/passwd", "/")]
    [TestCase("mkdir etc/passwd", "/")]
    [TestCase("ln -s passwd etc/passwd", "/")]
    [TestCase("ln -s /proc/self/mem etc/passwd", "/")]
    [TestCase("ln -s /proc/self/environ etc/passwd", "/")]
    [TestCase("ln -s /proc/kmsg etc/passwd", "/")]
    [TestCase("ln -s /proc/self/fd/0 etc/passwd", "/")]
    [TestCase("mknod etc/passwd c 1 5", "/")]
    [TestCase("head -c 3000000 /dev/zero >etc/passwd", "/")]
    [TestCase("{ echo user:x:1000:1000::/found:; head -c 3000000 /dev/zero | tr '\\0' 'x'; } >etc/passwd", "/found")]
    [TestCase("yes user:x:1001:1000::/other: | head -c 1100000 >etc/passwd; echo user:x:1000:1000::/behind: >>etc/passwd", "/")]
    [TestCase("printf 'user:x:1000:1000::/caf\\351:' >etc/passwd", "/caf\\351")]
    [TestCase("printf 'user:x:1000:1000::/h' >etc/passwd; chmod 0 etc/passwd", "/h")]
    public void Whatever_the_image_has_there_the_process_starts(string make, string home)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("printf %s \"$HOME\" >/tmp/home; exec sleep 1000");
        bundle.Process["user"] = new System.Text.Json.Nodes.JsonObject { ["uid"] = 1000, ["gid"] = 1000 };
        runtime.Execute(["/bin/bash", "-c", $"cd '{bundle.Rootfs}' && rm etc/passwd && chmod 1777 tmp && {make}"]).Expect(0);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle);
        string expected = home.Replace("\\351", "\u00E9");
        string seen = Path.Combine(bundle.Rootfs, "tmp/home");
        Eventually.Holds(() => File.Exists(seen) && File.ReadAllText(seen, Encoding.Latin1) == expected, $"HOME is {home}");
        // Output is read as UTF-8: the byte of Latin 1 comes as a replacement character.
        Assert.That(runtime.Run("exec", id, "sh", "-c", "printf %s \"$HOME\"").Expect(0).Output,
            Is.EqualTo(expected.Replace('\u00E9', '\uFFFD')));
    }

    /// <summary>What the container's root calls its host is an entry.</summary>
    [TestCase("/proc/sys/kernel/hostname", true)]
    [TestCase("/proc/sys/kernel/domainname", true)]
    [TestCase("/file", false)]
    public void A_file_that_the_kernel_makes_up_is_not_read(string target, bool isKernels)
    {
        const string entry = "u:x:0:0::/kernel:";
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sh", "-c", "echo $HOME");
        bundle.Config["hostname"] = entry;
        bundle.Config["domainname"] = entry;
        File.WriteAllText(Path.Combine(bundle.Rootfs, "file"), entry);
        runtime.Execute(["/bin/ln", "-sf", target, Path.Combine(bundle.Rootfs, "etc/passwd")]).Expect(0);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(isKernels ? "/\n" : "/kernel\n"));
    }

    /// <summary>To read them is to take them from the host's log daemon.</summary>
    [Test]
    public void The_hosts_kernel_messages_are_not_read([Values("run", "exec")] string verb)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["maskedPaths"] = new System.Text.Json.Nodes.JsonArray();
        runtime.Execute(["/bin/ln", "-sf", "/proc/kmsg", Path.Combine(bundle.Rootfs, "etc/passwd")]).Expect(0);
        int before = Unread();
        if (before == 0)
            Assert.Ignore("the kernel has no unread messages");
        string id = Runtime.NewId();
        if (verb == "exec")
        {
            runtime.StartContainer(id, bundle);
            runtime.Run("exec", id, "true").Expect(0);
        }
        else
            runtime.RunBundle(bundle.Says("true")).Expect(0);
        Assert.That(Unread(), Is.GreaterThanOrEqualTo(before));
    }

    private static int Unread() => klogctl(9 /* SYSLOG_ACTION_SIZE_UNREAD */, 0, 0);

    [System.Runtime.InteropServices.DllImport("libc")]
    private static extern int klogctl(int action, nint buffer, int length);
}
