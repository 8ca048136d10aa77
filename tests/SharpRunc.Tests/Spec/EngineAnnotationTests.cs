using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>What Podman and CRI-O ask of crun by annotations and by --cgroup-manager.</summary>
internal sealed class EngineAnnotationTests
{
    private static (List<string> Warnings, List<string> Unknown) Check(string key, string value)
    {
        Config config = new() { Annotations = [new(key, value)], Process = new() { User = new() { AdditionalGids = [7] } } };
        (List<string> Warnings, List<string> Unknown) said = ([], []);
        EngineAnnotations.Check(config, said.Warnings, said.Unknown);
        return said;
    }

    [TestCase("run.oci.keep_original_groups", "1", 1, 0), TestCase("run.oci.keep_original_groups", "0", 0, 0),
        TestCase("run.oci.systemd.subgroup", "", 0, 0), TestCase("run.oci.systemd.subgroup", "x", 0, 0)]
    [TestCase("run.oci.delegate-cgroup", "x/y", 0, 0), TestCase("run.oci.mount_context_type", "rootcontext", 0, 0),
        TestCase("run.oci.handler", "wasm", 0, 1), TestCase("org.criu.config", "/x", 0, 0), TestCase("io.other", "x", 0, 0)]
    public void What_is_asked_for_and_not_done_is_a_warning_and_what_is_unknown_a_debug_line(string key, string value, int warnings,
        int unknown)
    {
        (List<string> warned, List<string> passed) = Check(key, value);
        Assert.That((warned.Count, passed.Count), Is.EqualTo((warnings, unknown)));
    }

    [Test]
    public void A_context_type_that_mount_does_not_know_is_refused()
        => Assert.That(() => Check("run.oci.mount_context_type", "selinux"), Throws.TypeOf<ContainerException>().With.Property("Pointer")
            .EqualTo("/annotations/run.oci.mount_context_type"));

    [TestCase("run.oci.systemd.subgroup", ".."), TestCase("run.oci.systemd.subgroup", "/x"), TestCase("run.oci.delegate-cgroup", "x/../y"),
        TestCase("run.oci.delegate-cgroup", "x/"), TestCase("run.oci.delegate-cgroup", ".")]
    public void A_cgroup_that_is_not_below_the_containers_is_refused(string key, string value)
        => Assert.That(() => Check(key, value), Throws.TypeOf<ContainerException>().With.Property("Pointer")
            .EqualTo("/annotations/" + key));

    [TestCase("context", "context=\"l\""), TestCase("fscontext", "fscontext=\"l\""), TestCase("defcontext", "defcontext=\"l\""),
        TestCase("rootcontext", "rootcontext=\"l\"")]
    public void The_label_of_a_mount_is_given_by_the_option_that_was_asked_for(string type, string option)
        => Assert.That(new Core.Plan.MountLabel("l", type).AddTo(["size=1"], "tmpfs"), Is.EqualTo(new[] { "size=1", option }));

    [TestCase("1", true), TestCase("", true), TestCase("0", false), TestCase(null, false)]
    public void The_callers_groups_are_kept_where_the_config_says_so_and_nowhere_else(string? value, bool kept)
    {
        using Runtime runtime = Runtime.Create();
        foreach (bool mapped in new[] { false, true })
        {
            Bundle bundle = runtime.NewBundle("grep", "Groups", "/proc/self/status");
            if (mapped)
                bundle.MapsUsers();
            if (value is not null)
                bundle.Config["annotations"] = new System.Text.Json.Nodes.JsonObject { ["run.oci.keep_original_groups"] = value };
            Result result = runtime.Execute(["/usr/bin/setpriv", "--groups", "100042",
                .. runtime.Command("run", "--bundle", bundle.Write().Path, Runtime.NewId())]).Expect(0);
            Assert.That(result.Output.Contains(mapped ? "42" : "100042"), Is.EqualTo(kept), result.Output);
        }
    }

    [Test]
    public void Without_a_cgroup_manager_the_container_stays_where_its_caller_is_and_no_limit_can_be_asked_for()
    {
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        runtime.Run("--cgroup-manager=disabled", "run", "-d", "--bundle", bundle.Path, id).Expect(0);
        Assert.That(runtime.Run("exec", id, "cat", "/proc/self/cgroup").Expect(0).Output, Does.Not.Contain(runtime.CgroupName));
        Result events = runtime.Run("events", "--stats", id).Expect(0);
        Assert.That(events.Output, Does.Contain("\"data\":{\"intel_rdt\"").And.Not.Contain("\"memory\""));
        Assert.That(events.Errors, Does.Contain("the container has no cgroup of its own"));
        runtime.Run("delete", "-f", id).Expect(0);
        bundle.Linux["resources"] =
            new System.Text.Json.Nodes.JsonObject { ["pids"] = new System.Text.Json.Nodes.JsonObject { ["limit"] = 5 } };
        runtime.Run("--cgroup-manager", "disabled", "run", "--bundle", bundle.Write().Path, Runtime.NewId())
            .ExpectError("/linux/resources/pids/limit");
        runtime.Run("--cgroup-manager", "other", "list").ExpectError("cgroupfs, systemd");
    }

    /// <summary>One policy for what is asked for and this host has none of.</summary>
    [TestCase("linux", "resources", """{"hugepageLimits":[{"pageSize":"3MB","limit":0}]}""", "/linux/resources/hugepageLimits/0", 1)]
    [TestCase("linux", "resources", """{"rdma":{"nosuch":{"hcaHandles":1}}}""", "/linux/resources/rdma/nosuch", 1)]
    [TestCase("linux", "resources", """{"unified":{"no.such":"1"}}""", "/linux/resources/unified", 1)]
    [TestCase("linux", "resources", """{"memory":{"kernel":50000000}}""", "/linux/resources/memory/kernel", 0)]
    [TestCase("linux", "intelRdt", """{"closID":"nosuch"}""", "/linux/intelRdt", 1)]
    [TestCase("linux", "resources", """{"network":{"classID":1048577}}""", "/linux/resources/network/classID", 1)]
    [TestCase("linux", "resources", """{"network":{"priorities":[{"name":"lo","priority":1}]}}""", "/linux/resources/network/priorities",
        1)]
    [TestCase("linux", "resources", """{"blockIO":{"leafWeight":100}}""", "/linux/resources/blockIO/leafWeight", 1)]
    [TestCase("linux", "intelRdt", """{"l3CacheSchema":"L3:0=ff"}""", "/linux/intelRdt", 1)]
    [TestCase("linux", "intelRdt", """{"enableMonitoring":true}""", "/linux/intelRdt", 1)]
    [TestCase("linux", "intelRdt", "{}", "/linux/intelRdt", 1)]
    [TestCase("linux", "memoryPolicy", """{"mode":"MPOL_BIND","nodes":"999"}""", "/linux/memoryPolicy", 1)]
    [TestCase("linux", "netDevices", """{"nosuch0":{}}""", "/linux/netDevices/nosuch0", 1)]
    [TestCase("linux", "sysctl", """{"net.nosuch":"1"}""", "/linux/sysctl/net.nosuch", 1)]
    [TestCase("linux", "seccomp", """{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["nosuchcall"],"action":"SCMP_ACT_ERRNO"}]}""",
        "nosuchcall", 0)]
    [TestCase("linux", "mountLabel", "\"system_u:object_r:nosuch_t:s0\"", "/linux/mountLabel", 0)]
    [TestCase("process", "apparmorProfile", "\"nosuch\"", "/process/apparmorProfile", 1)]
    [TestCase("process", "selinuxLabel", "\"system_u:system_r:nosuch_t:s0\"", "/process/selinuxLabel", 1)]
    [TestCase("process", "capabilities", """{"bounding":["CAP_NOSUCH"]}""", "CAP_NOSUCH", 0)]
    public void What_the_host_lacks_is_an_error_where_it_confines_and_a_warning_where_it_does_not(string parent, string property,
        string value, string about, int exitCode)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Config[parent]![property] = System.Text.Json.Nodes.JsonNode.Parse(value);
        Result result = runtime.Run("--debug", "run", "--bundle", bundle.Write().Path, Runtime.NewId());
        if (result.ExitCode != exitCode
            && (System.IO.Directory.Exists("/sys/fs/selinux/class") || System.IO.Directory.Exists("/sys/kernel/security/apparmor")))
            Assert.Ignore("this host has it");
        Assert.That(result.ExitCode, Is.EqualTo(exitCode), result.Errors);
        Assert.That(result.Errors, Does.Contain(about));
    }
}
