using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Cgroups;

/// <summary>crun(1): run.oci.systemd.subgroup and run.oci.delegate-cgroup.</summary>
internal sealed class LeafCgroupTests
{
    private const string Subgroup = "run.oci.systemd.subgroup", Delegate = "run.oci.delegate-cgroup";

    [TestCase("s", "d", true, true, "s/d"), TestCase("s", "", true, true, "s"), TestCase("", "d", true, true, "d")]
    [TestCase("", "", true, true, "")]
    [TestCase("s", "d", false, true, "d"), TestCase("s", "d", true, false, ""), TestCase("a/b", "c/d", true, true, "a/b/c/d")]
    public void A_subgroup_is_of_a_unit_and_both_are_of_cgroup_v2_alone(
        string subgroup, string delegated, bool hasUnit, bool isV2, string path)
    {
        Config config = new() { Annotations = [new(Subgroup, subgroup), new(Delegate, delegated)] };
        Assert.That(LeafCgroup.From(config, hasUnit, isV2).Path, Is.EqualTo(path));
    }

    [TestCase(true, "/payload/x$"), TestCase(false, ".*/payload/x$")]
    public void A_delegated_cgroup_is_below_the_namespaces_root_for_the_program_and_for_exec(bool hasNamespace, string place)
    {
        using Runtime runtime = Runtime.Create();
        string hierarchy = UnifiedView.MountPoint, id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle().Says($"grep '^0::{place}' /proc/self/cgroup && touch /tmp/there; sleep 1000");
        bundle.Config["annotations"] = new JsonObject { [Delegate] = "payload/x" };
        if (hasNamespace)
            bundle.InNamespace("cgroup");
        string own = hierarchy + (string)bundle.Linux["cgroupsPath"]!;
        try
        {
            runtime.RunUnified("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
            bundle.Awaits("tmp/there");
            runtime.RunUnified("exec", id, "grep", $"^0::{place}", "/proc/self/cgroup").Expect(0);
            Assert.That(File.ReadAllText(own + "/cgroup.procs"), Is.Empty);
            Assert.That(runtime.RunUnified("ps", "--format", "json", id).Expect(0).Output, Does.Contain(runtime.Pid(id).ToString()));
            runtime.RunUnified("pause", id).Expect(0);
            runtime.RunUnified("resume", id).Expect(0);
        }
        finally
        {
            runtime.RunUnified("delete", "--force", id).Expect(0);
        }
        Assert.That(Directory.Exists(own), Is.False);
    }

    [Test]
    public void A_delegated_cgroup_is_its_users_to_divide_and_exec_goes_to_where_the_init_is()
    {
        using Runtime runtime = Runtime.Create();
        string hierarchy = UnifiedView.MountPoint, id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle().Says("cd /sys/fs/cgroup/payload && mkdir mine && echo $$ >mine/cgroup.procs && "
            + "echo threaded >mine/cgroup.type; mkdir leaf && touch /tmp/divided; sleep 1000");
        bundle.MapsUsers().WithWritableCgroup().Config["annotations"] = new JsonObject { [Delegate] = "payload" };
        runtime.Execute(["/bin/chown", "-Rh", "100000:100000", bundle.Rootfs]).Expect(0);
        string own = hierarchy + (string)bundle.Linux["cgroupsPath"]!;
        try
        {
            runtime.RunUnified("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
            bundle.Awaits("tmp/divided");
            string[] theirs = [own + "/payload", own + "/payload/cgroup.procs", own + "/payload/mine"];
            Result owners = runtime.Execute(["/usr/bin/stat", "-c", "%u", .. theirs]);
            Assert.That(owners.Output, Is.EqualTo("100000\n100000\n100000\n"));
            runtime.RunUnified("exec", id, "true").Expect(0);
        }
        finally
        {
            runtime.RunUnified("delete", "--force", id).Expect(0);
        }
        Assert.That(Directory.Exists(own), Is.False);
    }

    [TestCase("inner", "", "/$", "inner"), TestCase("inner", "payload", "/payload$", "inner/payload")]
    [TestCase("", "payload", "/payload$", "payload")]
    public void A_subgroup_of_the_unit_is_the_namespaces_root(string subgroup, string delegated, string place, string below)
    {
        using Runtime runtime = Runtime.Create();
        string hierarchy = UnifiedView.MountPoint, id = Runtime.NewId();
        using FakeSystemd systemd = new(Path.Combine(runtime.Work, "systemd.sock"), "/" + runtime.CgroupName) { Hierarchy = hierarchy };
        Bundle bundle = runtime.NewBundle().Says($"grep '^0::{place}' /proc/self/cgroup && touch /tmp/there; sleep 1000");
        bundle.InNamespace("cgroup");
        bundle.Linux["cgroupsPath"] = $"-.slice:t:{id}";
        bundle.Config["annotations"] = new JsonObject { [Subgroup] = subgroup, [Delegate] = delegated };
        string scope = $"{hierarchy}/{runtime.CgroupName}/t-{id}.scope";
        string[] command = [runtime.Program, "--root", runtime.Root, "--systemd-cgroup"];
        Result Run(params string[] arguments) => runtime.ExecuteUnified(systemd.Command([.. command, .. arguments]));
        try
        {
            Run("run", "--detach", "--bundle", bundle.Write().Path, id).Expect(0);
            bundle.Awaits("tmp/there");
            Assert.That(File.ReadAllText($"{scope}/{below}/cgroup.procs"), Does.Contain(runtime.Pid(id).ToString()));
            Assert.That(File.ReadAllText($"{scope}/cgroup.procs"), Is.Empty);
            Run("exec", id, "grep", $"^0::{place}", "/proc/self/cgroup").Expect(0);
        }
        finally
        {
            Run("delete", "--force", id).Expect(0);
        }
        Assert.That(Directory.Exists(scope), Is.False);
        Directory.Delete($"{hierarchy}/{runtime.CgroupName}");
    }

    [Test]
    public void On_cgroup_v1_a_delegated_cgroup_is_not_made_and_that_is_said()
    {
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers");
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config["annotations"] = new JsonObject { [Delegate] = "payload", [Subgroup] = "inner" };
        Result result = runtime.RunBundleLogged(bundle).Expect(0);
        Assert.That(result.Errors, Does.Contain($"/annotations/{Delegate}: needs cgroup v2").And.Not.Contain(Subgroup));
    }
}
