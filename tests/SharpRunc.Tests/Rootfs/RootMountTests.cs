using System;
using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Attacks;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rootfs;

/// <summary>A mount whose destination is / takes the root's place, and nothing is looked up through what it covers.</summary>
internal sealed class RootMountTests
{
    [Test]
    public void A_bind_on_the_root_is_the_root([Values("/", "//", "/.", "/mnt/..", "")] string destination,
        [Values("bind", "rbind", "rbind,ro")] string options, [Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, inUserNamespace);
        if (destination.Length == 0)
            destination = "/../";
        Insert(bundle, 0, destination, "bind", other, options.Split(','));
        bundle.Says("cat /which; ls -d /only-here /dev/null /proc/self/exe; pwd; touch /made 2>/dev/null && echo written; awk '$5 == "
            + "\"/\"' /proc/self/mountinfo | wc -l");
        bool isReadOnly = options.EndsWith("ro", StringComparison.Ordinal);
        bundle.Process["cwd"] = isReadOnly ? "/tmp" : "/work/dir";
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output,
            Is.EqualTo($"other\n/dev/null\n/only-here\n/proc/self/exe\n{(isReadOnly ? "/tmp\n" : "/work/dir\nwritten\n")}1\n"));
        Assert.That(Directory.Exists(Path.Combine(bundle.Rootfs, "work")), Is.False, "nothing is made in what is covered");
    }

    [TestCase(0, "after\n/dev/null\n/proc/self\n")]
    [TestCase(6, "after\n/dev/null\n")]
    [TestCase(7, "other\n/dev/null\n")]
    public void What_is_mounted_before_is_covered_and_what_is_mounted_after_lies_on_it(int position, string expected)
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        File.WriteAllText(Path.Combine(bundle.Sources, "after"), "after\n");
        bundle.Mounting("/which", "bind", "sources/after", "bind");
        Insert(bundle, position, "/", "bind", other, "rbind");
        // Where it covers /proc and /dev, there are none but what is made after it.
        bundle.Says("cat /which; ls -d /proc/self /dev/null 2>/dev/null");
        Result result = runtime.RunBundle(bundle);
        Assert.That(result.Output, Is.EqualTo(expected), result.Errors);
    }

    [Test]
    public void A_tmpfs_on_the_root_holds_what_is_mounted_on_it_and_is_read_only_at_the_end([Values] bool readOnly,
        [Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, inUserNamespace);
        Insert(bundle, 0, "/", "tmpfs", "t", readOnly ? ["ro", "size=2m"] : ["size=2m"]);
        bundle.Mounting("/bin", "bind", Path.Combine(other, "bin"), "bind").Mounting("/etc/deep/hosts", "bind", "sources/hosts", "bind");
        bundle.Linux["maskedPaths"] = new JsonArray("/etc/deep/hosts", "/proc/keys");
        bundle.Says("ls /; cat /etc/deep/hosts /proc/keys; touch /x 2>/dev/null && echo written; awk '$5 == \"/\" { print $6, $(NF-2) }' "
            + "/proc/self/mountinfo");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output,
            Is.EqualTo($"bin\ndev\netc\nproc\nsys\n{(readOnly ? "ro,relatime tmpfs\n" : "written\nrw,relatime tmpfs\n")}"));
    }

    [Test]
    public void An_overlay_on_the_root_is_the_root()
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        Insert(bundle, 0, "/", "overlay", "overlay", $"lowerdir={other}:{bundle.Rootfs}");
        bundle.Config["root"]!["readonly"] = true;
        bundle.Mounts.RemoveAt(1);
        Insert(bundle, 1, "/proc", "proc", "proc");
        bundle.Says("cat /which; ls -d /only-here; grep -c ' / .* overlay ' /proc/self/mountinfo");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("other\n/only-here\n1\n"));
    }

    [Test]
    public void Nothing_of_what_it_covers_is_in_the_container(
        [Values(null, "slave", "rslave", "shared", "unbindable")] string? propagation, [Values("", "--no-pivot")] string flag,
            [Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, inUserNamespace);
        bundle.WithAllCapabilities();
        Insert(bundle, 0, "/", "bind", other, "rbind");
        if (propagation is not null)
            bundle.Linux["rootfsPropagation"] = propagation;
        bundle.Says("cat /which /../../which /proc/1/root/which; awk '$5 == \"/\"' /proc/self/mountinfo | wc -l; grep -c /rootfs "
            + "/proc/self/mountinfo; true");
        Assert.That(runtime.RunBundle(bundle, flag.Length == 0 ? [] : [flag]).Output, Is.EqualTo("other\nother\nother\n1\n0\n"));
    }

    [Test]
    public void Its_root_is_read_only_if_that_was_asked_for_and_a_second_one_covers_the_first()
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        Insert(bundle, 0, "/", "tmpfs", "t");
        Insert(bundle, 1, "/", "bind", other, "bind");
        bundle.Config["root"]!["readonly"] = true;
        bundle.Says("cat /which; touch /x");
        Result result = runtime.RunBundle(bundle).Expect(1);
        Assert.That((result.Output, result.Errors.Contains("Read-only file system")), Is.EqualTo(("other\n", true)));
    }

    [Test]
    public void What_was_to_be_read_only_and_is_covered_hinders_nothing([Values("tmpfs", "cgroup")] string type,
        [Values("bind", "rbind")] string option, [Values] bool inUserNamespace)
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, inUserNamespace);
        Insert(bundle, 0, "/mnt/t", type, type, "ro");
        Insert(bundle, 1, "/", "bind", other, option);
        bundle.Says("cat /which");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("other\n"));
    }

    [Test]
    public void What_was_to_be_read_only_is_so_in_a_copy_of_the_root()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle().Says("awk '$5 == \"/mnt/t\" { print $6 }' /proc/self/mountinfo");
        Insert(bundle, 0, "/mnt/t", "tmpfs", "t", "ro");
        Insert(bundle, 1, "/", "bind", bundle.Rootfs, "rbind");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Does.StartWith("ro,"));
    }

    [Test]
    public void A_createContainer_hook_finds_the_root_that_is_mounted()
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        Insert(bundle, 0, "/", "bind", other, "rbind");
        string seen = Path.Combine(runtime.Work, "seen");
        bundle.Config["hooks"] = new JsonObject
        {
            ["createContainer"] = new JsonArray(new JsonObject
            {
                ["path"] = "/bin/sh",
                ["args"] = new JsonArray("sh", "-c", $"cat {bundle.Rootfs}/which >{seen}")
            }),
        };
        bundle.Says("cat /which");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("other\n"));
        Assert.That(File.ReadAllText(seen), Is.EqualTo("other\n"));
    }

    [Test]
    public void A_link_of_the_image_to_the_root_is_not_the_root()
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        File.CreateSymbolicLink(Path.Combine(bundle.Rootfs, "link"), "..");
        runtime.RunBundle(bundle.Mounting("/link", "bind", other, "bind")).ExpectError("/mounts/6/destination")
            .ExpectError("on which nothing can be mounted");
    }

    [Test]
    public void Without_a_mount_namespace_or_with_a_file_it_is_refused()
    {
        using Runtime runtime = Runtime.Create();
        (Bundle bundle, string other) = WithOther(runtime, false);
        runtime.RunBundle(bundle.Mounting("/", "bind", "sources/hosts", "bind")).ExpectError("/mounts/6")
            .ExpectError("one of source and destination is a directory");
        bundle.Mounts[6]!["source"] = other;
        runtime.RunBundle(bundle.WithoutNamespace("mount")).ExpectError("/mounts/6/destination").ExpectError("mount namespace");
    }

    /// <summary>A second root file system, told apart by a file.</summary>
    private static (Bundle Bundle, string Other) WithOther(Runtime runtime, bool inUserNamespace)
    {
        Bundle bundle = runtime.NewBundle("true");
        string other = Path.Combine(bundle.Path, "other");
        MountTests.Mount("cp", "-a", bundle.Rootfs, other);
        File.WriteAllText(Path.Combine(other, "which"), "other\n");
        File.WriteAllText(Path.Combine(other, "only-here"), "");
        File.WriteAllText(Path.Combine(bundle.Rootfs, "which"), "first\n");
        if (inUserNamespace)
        {
            bundle.MapsUsers();
            MountTests.Mount("chown", "-R", "-h", "100000:100000", bundle.Path);
        }
        return (bundle, other);
    }

    private static void Insert(Bundle bundle, int position, string destination, string type, string source, params string[] options)
        => bundle.Mounts.Insert(position, new JsonObject
        {
            ["destination"] = destination,
            ["type"] = type,
            ["source"] = source,
            ["options"] = new JsonArray([.. Array.ConvertAll<string, JsonNode>(options, o => o)]),
        });
}
