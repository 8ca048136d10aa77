using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Attacks;

/// <summary>A word in a mount's options that nobody heeds could be the one that was to confine: it is an error, or it is told.</summary>
internal sealed class MountWordTests
{
    [TestCase("tmpfs", "nosiud"), TestCase("tmpfs", "RO"), TestCase("tmpfs", "ro "), TestCase("tmpfs", "nosuid;noexec"),
        TestCase("tmpfs", "size"), TestCase("tmpfs", "mode=9"), TestCase("tmpfs", "acl=1")]
    [TestCase("tmpfs", "noswop"), TestCase("tmpfs", "size=-1x"), TestCase("proc", "hidepit=2"), TestCase("sysfs", "nosiud"),
        TestCase("mqueue", "nosiud"), TestCase("mqueue", "size=1m")]
    [TestCase("devpts", "newinstanze"), TestCase("devpts", "gid=x"), TestCase("cgroup", "nsdelegate"), TestCase("overlay", "lowerdirs=/a"),
        TestCase("tmpfs", "remount,nosiud")]
    public void A_word_that_nobody_knows_is_an_error(string type, string option)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true").Mounting(type == "proc" ? "/proc" : "/mnt", type, "x", option.Split(','));
        if (option.StartsWith("remount", System.StringComparison.Ordinal))
            bundle.Mounts.Insert(6, new System.Text.Json.Nodes.JsonObject { ["destination"] = "/mnt", ["type"] = "tmpfs" });
        runtime.RunBundle(bundle).ExpectError("mounts");
    }

    [TestCase("bind", "bind", "nosiud"), TestCase("bind", "rbind", "size=1m"), TestCase("bind", "bind", "sync"),
        TestCase("bind", "bind", "lazytime"), TestCase("bind", "bind", "noacl")]
    [TestCase("ramfs", "rw", "size=1m"), TestCase("ramfs", "mode=700", "nosiud")]
    public void A_word_that_has_no_effect_where_it_stands_is_told(string type, string first, string option)
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.RunBundleLogged(runtime.NewBundle("true").Mounting("/mnt", type, "sources", first, option));
        Assert.That(result.Expect(0).Errors, Does.Contain("/mounts/6/options").And.Contain($"have no effect: {option}"));
    }

    [TestCase("tmpfs", "mode=700,size=1m,nr_inodes=9,uid=1,gid=2,huge=never"), TestCase("ramfs", "mode=700"),
        TestCase("bind", "bind,ro,nosuid")]
    public void Words_that_are_heeded_are_no_matter_for_a_warning(string type, string options)
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.RunBundleLogged(runtime.NewBundle("true").Mounting("/mnt", type, "sources", options.Split(',')))
            .Expect(0).Errors, Is.Empty);
    }
}
