using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>A user namespace by path: its own maps decide whose what is, also where the config has none.</summary>
internal sealed class JoinedMapTests
{
    /// <summary>
    /// $1: $2… runs where /sys/fs/cgroup is a cgroup v2 of its own. In the end the owner of the container's cgroup is told.
    /// </summary>
    private const string OnUnified = """
        umount -R /sys/fs/cgroup 2>/dev/null; mount -t cgroup2 none /sys/fs/cgroup || exit 77
        cgroup=$1; shift
        "$@" </dev/null >/dev/null; stat -c %u /sys/fs/cgroup/$cgroup /sys/fs/cgroup/$cgroup/cgroup.procs
        """;

    [TestCase(true, 1000, "101000")]
    [TestCase(false, 1000, "101000")]
    [TestCase(true, 0, "100000")]
    public void A_cgroup_that_is_handed_over_is_the_mapped_users(bool byProcess, int user, string owner)
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        string pinned = Path.Combine(runtime.Work, "pinned");
        File.WriteAllText(pinned, "");
        string path = byProcess ? $"/proc/{holder}/ns/user" : pinned;
        Bundle bundle = runtime.NewBundle("sleep", "1000").InNamespace("user", path).InNamespace("cgroup")
            .Mounting("/sys/fs/cgroup", "cgroup", "cgroup", "nosuid", "noexec", "nodev");
        bundle.Process["user"] = new JsonObject { ["uid"] = user, ["gid"] = user };
        string cgroup = $"{runtime.CgroupName}/{Runtime.NewId()}";
        bundle.Linux["cgroupsPath"] = "/" + cgroup;
        string id = Runtime.NewId();
        string script =
            $"mount --bind /proc/{holder}/ns/user {pinned}\n{OnUnified}\nexec 2>/dev/null; {string.Join(' ', runtime.Command("delete", "-f", id))}";
        Result result = runtime.Execute(["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh", cgroup,
            .. runtime.Command("run", "-d", "--bundle", bundle.Write().Path, id)]);
        if (result.ExitCode == 77)
            Assert.Ignore("cgroup v2 cannot be mounted here");
        Assert.That(result.Output, Is.EqualTo($"{owner}\n{owner}\n"), result.Errors);
    }

    [TestCase("gid=5", true)]
    [TestCase("uid=7", true)]
    [TestCase("gid=70000", false)]
    public void An_owner_in_mount_options_is_one_of_the_joined_namespace(string option, bool isMapped)
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        Bundle bundle = runtime.NewBundle("stat", "-c", "%u:%g", "/mnt").InNamespace("user", $"/proc/{holder}/ns/user")
            .Mounting("/mnt", "tmpfs", "tmpfs", option);
        Result result = runtime.RunBundle(bundle);
        if (isMapped)
            Assert.That(result.Expect(0).Output, Is.EqualTo(option == "gid=5" ? "0:5\n" : "7:0\n"));
        else
            result.ExpectError("pointer=/mounts/");
    }

    [Test]
    public void The_runtimes_own_user_namespace_is_not_one_to_join()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").InNamespace("user", "/proc/self/ns/user")).ExpectError("/linux/namespaces/");
    }
}
