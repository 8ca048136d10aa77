using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>--systemd-cgroup on this machine, whose systemd is a fake; conformance/vm/checks/systemd asks the real one.</summary>
internal sealed class SystemdTests
{
    private Runtime runtime = null!;
    private FakeSystemd? systemd;
    private string id = "";
    private string path = "";

    private string Unit => $"t-{id}.scope";

    [SetUp]
    public void Prepare()
    {
        runtime = Runtime.Create();
        if (!Support.Cgroups.Has("name=systemd") || !Support.Cgroups.Has("memory"))
            Assert.Ignore("needs v1 controllers and the hierarchy name=systemd");
        systemd = new(Path.Combine(runtime.Work, "systemd.sock"), "/" + runtime.CgroupName);
        id = Runtime.NewId();
        Prepare($"-.slice:t:{id}");
    }

    private void Prepare(string cgroupsPath, JsonObject? annotations = null)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["cgroupsPath"] = cgroupsPath;
        bundle.Linux["resources"] = new JsonObject { ["memory"] = new JsonObject { ["limit"] = 67108864 } };
        if (annotations is not null)
            bundle.Config["annotations"] = annotations;
        path = bundle.Write().Path;
    }

    [TearDown]
    public void Leave()
    {
        if (id.Length > 0 && Directory.Exists(Path.Combine(runtime.Root, id)))
            Run("delete", "--force", id);
        systemd?.Dispose();
        // The real one removes what it has made.
        foreach (string name in new[] { Unit, "elsewhere" })
            if (Directory.Exists($"/sys/fs/cgroup/systemd/{runtime.CgroupName}/{name}"))
                Directory.Delete($"/sys/fs/cgroup/systemd/{runtime.CgroupName}/{name}");
        runtime?.Dispose();
    }

    private Result Run(params string[] arguments)
        => runtime.Execute(systemd!.Command([runtime.Program, "--root", runtime.Root, "--systemd-cgroup", .. arguments]));

    private Result Create() => Run("create", "--bundle", path, id);

    private void LeavesNothing(Result result, string message)
    {
        Assert.That(result.ExitCode, Is.EqualTo(1));
        Assert.That(result.Errors, Does.Contain(message));
        Assert.That(Directory.GetFileSystemEntries(runtime.Root), Is.Empty);
        Assert.That(Directory.Exists($"/sys/fs/cgroup/memory/{runtime.CgroupName}/{Unit}"), Is.False);
    }

    [Test]
    public void Memory_that_ran_out_is_told_though_systemd_was_quicker_to_remove_the_cgroup()
    {
        Bundle bundle = runtime.NewBundle("sh", "-c", "touch /ready; while [ ! -e /go ]; do sleep 0.05; done; exec tail /dev/zero");
        bundle.Linux["cgroupsPath"] = $"-.slice:t:{id}";
        bundle.Linux["resources"] = new JsonObject { ["memory"] = new JsonObject { ["limit"] = 16777216, ["swap"] = 16777216 } };
        string errors = Path.Combine(runtime.Work, "errors");
        Child run =
            Child.Start(
                systemd!.Command([runtime.Program, "--root", runtime.Root, "--systemd-cgroup", "run", "--bundle", bundle.Write().Path, id]),
                null, errors);
        bundle.Awaits("ready");
        int init = runtime.Pid(id);
        Assert.That(ProcessStat.TryRead(init, out ProcessStat stat));
        Sys.TryKill(stat.Parent, SIGSTOP);
        File.WriteAllText(Path.Combine(bundle.Rootfs, "go"), "");
        Eventually.Holds(() => ProcessStat.TryRead(init, out ProcessStat ended) && !ended.IsAlive, "it does not run out of memory");
        Directory.Delete($"/sys/fs/cgroup/memory/{runtime.CgroupName}/{Unit}");
        System.Threading.Thread.Sleep(500); // the kernel tells that it is removed in its own time, too
        Sys.TryKill(stat.Parent, SIGCONT);
        Assert.That(run.Wait(System.TimeSpan.FromSeconds(20)), Is.EqualTo(137));
        Assert.That(File.ReadAllText(errors),
            Does.Contain("the kernel's OOM killer has killed a process of the container (memory limit 16777216)"));
    }

    private string Limit => File.ReadAllText($"/sys/fs/cgroup/memory/{runtime.CgroupName}/{Unit}/memory.limit_in_bytes").Trim();

    [Test]
    public void A_container_lives_in_its_scope_from_create_to_delete()
    {
        Create().Expect(0);
        Assert.That(systemd!.Properties, Does.Contain("('MemoryLimit', <uint64 67108864>)").And.Contain("('Delegate', <true>)")
            .And.Contain("('DevicePolicy', <'strict'>)"));
        foreach (string line in File.ReadAllLines($"/proc/{runtime.Pid(id)}/cgroup"))
            if (!line.StartsWith("0::", System.StringComparison.Ordinal))
                Assert.That(line, Does.EndWith($"/{runtime.CgroupName}/{Unit}"));
        Assert.That(Limit, Is.EqualTo("67108864"));
        Run("start", id).Expect(0);
        Run("exec", id, "true").Expect(0);
        Run("update", "--memory", "33554432", id).Expect(0);
        Assert.That(systemd.Properties, Does.Contain("('MemoryLimit', <uint64 33554432>)"));
        Assert.That(Limit, Is.EqualTo("33554432"));
        Run("delete", "--force", id).Expect(0);
        Assert.That(systemd.Calls,
            Is.EqualTo((string[])[$"StartTransientUnit {Unit}", $"SetUnitProperties {Unit}", $"StopUnit {Unit}",
                $"ResetFailedUnit {Unit}"]));
    }

    [Test]
    public void A_unit_of_the_same_name_that_failed_is_forgotten_first()
    {
        systemd!.Refusals["StartTransientUnit"] = new([("org.freedesktop.systemd1.UnitExists", $"Unit {Unit} already exists.")]);
        Create().Expect(0);
        Assert.That(systemd.Calls,
            Is.EqualTo((string[])[$"StartTransientUnit {Unit}", $"ResetFailedUnit {Unit}", $"StartTransientUnit {Unit}"]));
    }

    [Test]
    public void A_unit_that_is_somebody_elses_is_an_error_and_is_not_stopped()
    {
        systemd!.Refusals["StartTransientUnit"] =
            new([("org.freedesktop.systemd1.UnitExists", "it exists"), ("org.freedesktop.systemd1.UnitExists", "it exists")]);
        LeavesNothing(Create(), "cannot start the container's unit: org.freedesktop.systemd1.UnitExists: it exists");
        Assert.That(systemd.Calls, Has.None.StartsWith("StopUnit"));
    }

    [Test]
    public void A_job_that_fails_is_an_error()
    {
        systemd!.Results.Enqueue("failed");
        LeavesNothing(Create(), "systemd reports the job as failed");
        Assert.That(systemd.Calls, Has.Member($"StopUnit {Unit}"));
    }

    [Test]
    public void A_process_that_is_put_elsewhere_is_not_limited_where_it_is_not()
    {
        systemd!.Misplaces = true;
        LeavesNothing(Create(), "systemd has placed the container in another cgroup");
    }

    [Test]
    public void A_refused_property_is_named()
    {
        Prepare($"-.slice:t:{id}", new JsonObject { ["org.systemd.property.FooSec"] = "5" });
        systemd!.Refusals["StartTransientUnit"] =
            new([("org.freedesktop.DBus.Error.PropertyReadOnly", "Cannot set property FooUSec, or unknown property.")]);
        LeavesNothing(Create(), "pointer=/annotations/org.systemd.property.FooSec");
    }

    [TestCase("StartTransientUnit")]
    [TestCase("Get")]
    public void A_systemd_that_hangs_up_leaves_nothing_of_the_container(string member)
    {
        systemd!.HangsUpAt = member;
        LeavesNothing(Create(), "onnection reset by peer");
    }

    [Test]
    public void An_update_that_systemd_refuses_changes_nothing()
    {
        Create().Expect(0);
        systemd!.Refusals["SetUnitProperties"] = new([("org.freedesktop.DBus.Error.AccessDenied", "Access denied")]);
        Result update = Run("update", "--memory", "33554432", id);
        Assert.That((update.ExitCode, update.Errors), Is.EqualTo((1, update.Errors)));
        Assert.That(update.Errors, Does.Contain($"cannot change the unit {Unit}: org.freedesktop.DBus.Error.AccessDenied: Access denied"));
        Assert.That(Limit, Is.EqualTo("67108864"));
        Assert.That(systemd.Properties, Does.Contain("67108864"), "what it was before is said again");
        Assert.That(File.Exists(Path.Combine(runtime.Root, id, "resources.json")), Is.False);
    }

    [Test]
    public void Delete_does_not_need_a_systemd_that_answers()
    {
        Create().Expect(0);
        systemd!.HangsUpAt = "StopUnit";
        Result delete = Run("delete", "--force", id).Expect(0);
        Assert.That(delete.Errors, Does.Contain($"level=warning msg=\"cannot stop the unit {Unit}"));
        Assert.That(Directory.Exists($"/sys/fs/cgroup/memory/{runtime.CgroupName}/{Unit}"), Is.False);
    }

    [Test]
    public void A_slice_of_its_own_is_joined_and_not_delegated()
    {
        Prepare($"-.slice:t:x{System.Environment.ProcessId}.slice");
        string slice = $"x{System.Environment.ProcessId}.slice";
        try
        {
            Create().Expect(0);
            Assert.That(systemd!.Properties, Does.Not.Contain("PIDs").And.Not.Contain("Delegate"));
            Assert.That(File.ReadAllText($"/proc/{runtime.Pid(id)}/cgroup"),
                Does.Match($@"memory:/{runtime.CgroupName}/{slice}\n").And.Match($@"name=systemd:/{runtime.CgroupName}/{slice}\n"));
        }
        finally
        {
            Run("delete", "--force", id);
        }
    }

    [Test]
    public void Without_systemd_the_driver_is_refused_and_leaves_nothing()
    {
        if (Directory.Exists("/run/systemd/system"))
            Assert.Ignore("this machine runs systemd");
        LeavesNothing(runtime.Run("--systemd-cgroup", "create", "--bundle", path, id),
            "systemd cgroup flag passed, but systemd support for managing cgroups is not available");
    }

    [Test]
    public void A_path_of_the_other_driver_is_refused_and_leaves_nothing()
    {
        Prepare("/a/b");
        LeavesNothing(Create(),
            "expected cgroupsPath to be of format \\\"slice:prefix:name\\\" for systemd cgroups, got \\\"/a/b\\\" instead");
    }
}
