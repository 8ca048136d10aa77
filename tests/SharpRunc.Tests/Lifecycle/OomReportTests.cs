using System.IO;
using System.Text.Json.Nodes;
using System.Threading;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

/// <summary>Why an attached command ended with 137.</summary>
internal sealed class OomReportTests
{
    private const string Warning = "the kernel's OOM killer has killed a process of the container (memory limit 16777216)";

    private Runtime runtime = null!;

    [SetUp]
    public void Begin() => runtime = Runtime.Create();

    [TearDown]
    public void End() => runtime?.Dispose();

    private Bundle Limited(string script)
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", script);
        bundle.Linux["resources"] = JsonNode.Parse("""{ "memory": { "limit": 16777216, "swap": 16777216 } }""");
        return bundle;
    }

    private static int Warnings(string errors) => errors.Split(Warning).Length - 1;

    [TestCase("exec tail /dev/zero")]
    [TestCase("tail /dev/zero")] // the shell's own status, then
    public void A_run_that_the_kernel_killed_for_want_of_memory_says_so_once(string script)
    {
        Result result = runtime.RunBundle(Limited(script)).Expect(137);
        Assert.That((Warnings(result.Errors), result.Errors.Split('\n')), Is.EqualTo((1, new[] { result.Errors.TrimEnd(), "" })));
        Assert.That(result.Errors, Does.StartWith("time=").And.Contain("level=error"));
    }

    [Test]
    public void One_that_is_kept_says_so_too()
    {
        string id = Runtime.NewId();
        Assert.That(Warnings(runtime.Run("run", "--keep", "--bundle", Limited("exec tail /dev/zero").Write().Path, id).Expect(137).Errors),
            Is.EqualTo(1));
        runtime.Run("delete", id).Expect(0);
    }

    [Test]
    public void A_container_without_a_limit_of_its_own_dies_of_the_one_above()
    {
        Bundle bundle = runtime.NewBundle("tail", "/dev/zero");
        string above = Path.Combine("/sys/fs/cgroup/memory", runtime.CgroupName);
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs the v1 memory controller");
        Directory.CreateDirectory(above);
        foreach (string file in new[] { "memory.limit_in_bytes", "memory.memsw.limit_in_bytes" })
            File.WriteAllText(Path.Combine(above, file), "16777216");
        Assert.That(runtime.RunBundle(bundle).Expect(137).Errors, Does.Contain("a process of the container (no memory limit of its own)"));
    }

    [Test]
    public void An_ordinary_kill_is_not_explained()
    {
        Bundle bundle = Limited("touch /ready; exec sleep 1000");
        string id = Runtime.NewId(), errors = Path.Combine(runtime.Work, "errors");
        Child run = Child.Start(runtime.Command("run", "--bundle", bundle.Write().Path, id), null, errors);
        Assert.That(SpinWait.SpinUntil(() => File.Exists(Path.Combine(bundle.Rootfs, "ready")), 20_000));
        runtime.Run("kill", id, "KILL").Expect(0);
        Assert.That((run.Wait(System.TimeSpan.FromSeconds(20)), File.ReadAllText(errors)), Is.EqualTo((137, "")));
    }

    [Test]
    public void A_cgroup_in_which_another_was_killed_before_is_no_reason()
    {
        Bundle bundle = Limited("kill -9 $$").WithoutNamespace("pid"); // an init cannot kill itself
        string cgroup = "/sys/fs/cgroup/memory" + (string)bundle.Linux["cgroupsPath"]!;
        if (!Support.Cgroups.Has("memory"))
            Assert.Ignore("needs the v1 memory controller");
        Directory.CreateDirectory(cgroup);
        foreach (string file in new[] { "memory.limit_in_bytes", "memory.memsw.limit_in_bytes" })
            File.WriteAllText(Path.Combine(cgroup, file), "16777216");
        runtime.Execute(["/bin/sh", "-c", $"echo $$ > {cgroup}/cgroup.procs; exec tail /dev/zero"]).Expect(137);
        Assert.That(File.ReadAllText(Path.Combine(cgroup, "memory.oom_control")), Does.Contain("oom_kill 1"));
        Assert.That(runtime.RunBundle(bundle).Expect(137).Errors, Is.Empty);
    }

    [Test]
    public void An_exec_says_it_of_itself_and_not_of_one_before([Values] bool below)
    {
        string id = Runtime.NewId();
        Bundle bundle = Limited("exec sleep 1000");
        runtime.StartContainer(id, bundle);
        string[] place = [];
        if (below)
        {
            foreach (string top in Support.Cgroups.Of(runtime.CgroupName))
                foreach (string own in Directory.GetDirectories(top))
                    if (!own.Contains("/cpuset/", System.StringComparison.Ordinal)) // nobody may enter one that is not filled in
                        Directory.CreateDirectory(Path.Combine(own, "below"));
            place = ["--cgroup", "cpu,cpuacct,memory,devices,freezer,blkio,pids:below"];
        }
        Assert.That(Warnings(runtime.Run(["exec", .. place, id, "tail", "/dev/zero"]).Expect(137).Errors), Is.EqualTo(1));
        Assert.That(runtime.Run(["exec", .. place, id, "sh", "-c", "kill -9 $$"]).Expect(137).Errors, Is.Empty);
        Assert.That(runtime.Status(id), Is.EqualTo("running"));
    }

    [Test]
    public void A_restored_container_says_it_too()
    {
        using CriuRuntime criu = new();
        Bundle bundle = criu.NewBundle("while [ ! -e /go ]; do sleep 0.05; done; exec tail /dev/zero");
        bundle.Linux["resources"] = JsonNode.Parse("""{ "memory": { "limit": 16777216, "swap": 16777216 } }""");
        string id = criu.Start(bundle);
        criu.Checkpoint(id).Expect(0);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        Assert.That(Warnings(criu.Run("restore", "--image-path", criu.Images, "--bundle", bundle.Path, id).Expect(137).Errors),
            Is.EqualTo(1));
    }
}
