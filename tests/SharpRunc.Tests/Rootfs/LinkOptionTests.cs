using System.IO;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>
/// src-nofollow, dest-nofollow and copy-symlink, options of another runtime: what happens to a link at either end of a bind mount.
/// </summary>
internal sealed class LinkOptionTests
{
    [Test]
    public void Src_nofollow_binds_the_link_itself([Values] bool mapsUsers)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithLink(runtime.NewBundle("readlink", "/mnt/place"))
            .Mounting("/mnt/place", "bind", "sources/link", "bind", "src-nofollow");
        if (mapsUsers)
        {
            bundle.MapsUsers();
            File.WriteAllText(Path.Combine(bundle.Rootfs, "mnt/place"), "");
        }
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("/etc/passwd\n"));
    }

    [Test]
    public void Dest_nofollow_mounts_on_the_link_itself()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithLink(runtime.NewBundle().Says("cat /mnt/place; head -n1 /etc/passwd | cut -d: -f1; readlink /mnt/place"))
            .Mounting("/mnt/place", "bind", "sources/hosts", "bind", "dest-nofollow");
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "mnt/place"), "/etc/passwd");
        Assert.That(runtime.RunBundle(bundle).Output, Is.EqualTo("# hosts\nroot\n"));
    }

    [TestCase(null, true)]
    [TestCase("/etc/passwd", true)]
    [TestCase("/etc/other", false)]
    public void Copy_symlink_makes_the_link_anew(string? there, bool works)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = WithLink(runtime.NewBundle().Says("readlink /mnt/place; grep -c ' /mnt' /proc/self/mountinfo"))
            .Mounting("/mnt/place", "bind", "sources/link", "bind", "copy-symlink");
        if (there is not null)
            File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "mnt/place"), there);
        Result result = runtime.RunBundle(bundle);
        if (works)
            Assert.That(result.Output, Is.EqualTo("/etc/passwd\n0\n"), result.Errors);
        else
            result.ExpectError("/mounts/6").ExpectError("file exists");
    }

    [Test]
    public void Copy_symlink_binds_what_is_no_link()
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.RunBundle(runtime.NewBundle("cat", "/mnt/place")
            .Mounting("/mnt/place", "bind", "sources/hosts", "bind", "copy-symlink")).Expect(0).Output, Is.EqualTo("# hosts\n"));
    }

    private static Bundle WithLink(Bundle bundle)
    {
        File.CreateSymbolicLink(Path.Combine(bundle.Sources, "link"), "/etc/passwd");
        return bundle;
    }
}
