using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

internal sealed class ConfigRulesTests
{
    /// <summary>A config that keeps every rule, with single properties replaced.</summary>
    private static Config Config(string linux = "", string process = "", string top = "") => ConfigReader.Read(Encoding.UTF8.GetBytes($$"""
        {"ociVersion":"1.0.2","root":{"path":"rootfs"} {{Comma(top)}},
         "process":{"cwd":"/","args":["true"] {{Comma(process)}} },
         "linux":{ {{linux}} } }
        """));

    private static string Comma(string json) => json.Length == 0 ? "" : "," + json;

    private static ContainerException Refused(Config config, ValidationContext? ctx = null)
        => Assert.Throws<ContainerException>(() => ConfigRules.Check(config, ctx ?? new ValidationContext()))!;

    private static void Allowed(Config config, ValidationContext? ctx = null)
        => Assert.That(() => ConfigRules.Check(config, ctx ?? new ValidationContext()), Throws.Nothing);

    private static void PointsAt(string pointer, Config config, ValidationContext? ctx = null)
    {
        ContainerException e = Refused(config, ctx);
        Assert.That((e.Pointer, e.Message), Is.EqualTo((pointer, e.Message)));
        Assert.That(e.Message, Does.StartWith(pointer + ": "));
    }

    [TestCaseSource(typeof(SampleFiles), nameof(SampleFiles.Bundles))]
    public void What_engines_write_keeps_the_rules_without_a_warning(string file)
    {
        if (Path.GetFileName(file) == "cri-exec-process.json")
        {
            ProcessRules.Check(ConfigReader.ReadProcess(SampleFiles.Read(file)), "", new ValidationContext());
            return;
        }
        // The test fills these in; here only their shape counts.
        string json = Encoding.UTF8.GetString(SampleFiles.Read(file)).Replace("@NETNS@", "/n").Replace("@SRC@", "/s")
            .Replace("@WORK@", "/w").Replace("@HOME@", "/h");
        ValidationContext ctx = new();
        Config config = ConfigReader.Read(Encoding.UTF8.GetBytes(json));
        Allowed(config, ctx);
        Assert.That(ctx.Warnings, Is.Empty);
    }

    [TestCase("1.0.0"), TestCase("1.0.2-dev"), TestCase("1.3.0+build.7"), TestCase("1.1.0-rc.1+x"), TestCase("1.0.0-0.0a.--"),
        TestCase("1.0.0+01.-")]
    [Must("version.semver")]
    public void The_version_MUST_be_in_SemVer_format(string version)
    {
        Config config = Config() with { OciVersion = version };
        Allowed(config);
    }

    [TestCase(""), TestCase("1"), TestCase("1.0"), TestCase("1.0.0.0"), TestCase("v1.0.0"), TestCase("01.0.0"), TestCase("1.0.0-"),
        TestCase("1.0.0-a..b")]
    [TestCase("1.0.0 "), TestCase("1.99999999999999999999.0"), TestCase("2.0.0"), TestCase("0.5.0-dev"), TestCase("1.-1.0")]
    [TestCase("1.0.0-01"), TestCase("1.0.0-a.00"), TestCase("1.0.0+"), TestCase("1.0.0+a..b"), TestCase("1.0.0-é"), TestCase("1.0.0+a+b"),
        TestCase("-1.0.0"), TestCase("1.0.0-rc_1")]
    [Must("version.semver")]
    public void Another_version_is_refused(string version)
    {
        Config config = Config() with { OciVersion = version };
        PointsAt("/ociVersion", config);
    }

    [Test]
    public void A_newer_minor_version_is_only_warned_about()
    {
        ValidationContext ctx = new();
        Config config = Config() with { OciVersion = "1.9.0" };
        Allowed(config, ctx);
        Assert.That(ctx.Warnings, Has.Count.EqualTo(1).And.Some.Contains("1.9.0"));
    }

    [Test]
    [Must("root.required")]
    public void Root_is_required_on_Linux()
    {
        Config config = Config() with { Root = null };
        PointsAt("/root", config);
    }

    [Test]
    public void A_process_may_be_absent_at_create()
    {
        Config config = Config() with { Process = null };
        Allowed(config);
    }

    [Test]
    [Must("annotations.key-empty")]
    public void Annotation_keys_MUST_NOT_be_empty()
    {
        PointsAt("/annotations/", Config(top: """ "annotations":{"":"x"} """));
        Allowed(Config(top: """ "annotations":{"x":""} """));
    }

    [TestCase("\"cwd\":\"\"", "/process/cwd", "Cwd property must not be empty")]
    [TestCase("\"cwd\":\"x\"", "/process/cwd", "Cwd must be an absolute path")]
    [TestCase("\"args\":[]", "/process/args", "args must not be empty")]
    [TestCase("\"args\":null", "/process/args", "args must not be empty")]
    [TestCase("\"env\":[\"A=1\",\"B\"]", "/process/env/1", "missing '='")]
    [TestCase("\"env\":[\"=1\"]", "/process/env/0", "name must not be empty")]
    [TestCase("\"rlimits\":[{\"type\":\"RLIMIT_FOO\",\"soft\":1,\"hard\":1}]", "/process/rlimits/0/type", "RLIMIT_NOFILE")]
    [TestCase("\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1},{\"type\":\"RLIMIT_AS\",\"soft\":1,\"hard\":1}]",
        "/process/rlimits/1/type", "twice")]
    [TestCase("\"rlimits\":[{\"type\":\"RLIMIT_AS\",\"soft\":2,\"hard\":1}]", "/process/rlimits/0/soft", "above the hard limit")]
    [TestCase("\"oomScoreAdj\":1001", "/process/oomScoreAdj", "-1000 to 1000")]
    [TestCase("\"user\":{\"uid\":0,\"gid\":0,\"umask\":512}", "/process/user/umask", "511")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_X\"}", "/process/scheduler/policy", "SCHED_DEADLINE")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"nice\":20}", "/process/scheduler/nice", "-20 to 19")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"priority\":1}", "/process/scheduler/priority", "SCHED_FIFO")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_FIFO\",\"priority\":100}", "/process/scheduler/priority", "1 to 99")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"deadline\":1}", "/process/scheduler/deadline", "SCHED_DEADLINE")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_FIFO\"}", "/process/scheduler/priority", "1 to 99")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\"}", "/process/scheduler/runtime", "needs a runtime")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5}", "/process/scheduler/deadline", "at least the runtime")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_DEADLINE\",\"runtime\":5,\"deadline\":9,\"period\":8}", "/process/scheduler/period",
        "at least the deadline")]
    [TestCase("\"execCPUAffinity\":{\"final\":\"3-1\"}", "/process/execCPUAffinity/final", "0-3,7")]
    [TestCase("\"execCPUAffinity\":{\"final\":\",\"}", "/process/execCPUAffinity/final", "0-3,7")]
    [TestCase("\"execCPUAffinity\":{\"final\":\"0-N\"}", "/process/execCPUAffinity/final", "0-3,7")]
    [TestCase("\"execCPUAffinity\":{\"initial\":\"8192\"}", "/process/execCPUAffinity/initial", "below 8192")]
    [TestCase("\"scheduler\":{\"policy\":\"SCHED_OTHER\",\"flags\":[\"X\"]}", "/process/scheduler/flags/0", "SCHED_FLAG_RECLAIM")]
    [TestCase("\"ioPriority\":{\"class\":\"X\",\"priority\":0}", "/process/ioPriority/class", "IOPRIO_CLASS_BE")]
    [TestCase("\"ioPriority\":{\"class\":\"IOPRIO_CLASS_BE\",\"priority\":8}", "/process/ioPriority/priority", "0 to 7")]
    [TestCase("\"execCPUAffinity\":{\"initial\":\"a\"}", "/process/execCPUAffinity/initial", "0-3,7")]
    [Must("process.cwd"), Must("process.cwd-absolute"), Must("process.args"), Must("rlimits.unknown")]
    [Must("rlimits.duplicate"), Must("extensibility.invalid")]
    public void A_process_that_breaks_a_rule_is_refused(string property, string pointer, string text)
    {
        string json = property.StartsWith("\"cwd\"") ? $$"""{ {{property}},"args":["a"] }""" : property.StartsWith("\"args\"")
            ? $$"""{"cwd":"/",{{property}} }""" : $$"""{"cwd":"/","args":["a"],{{property}} }""";
        Config config = Config() with { Process = ConfigReader.ReadProcess(Encoding.UTF8.GetBytes(json)) };
        PointsAt(pointer, config);
        Assert.That(Refused(config).Message, Does.Contain(text));
        ContainerException alone =
            Assert.Throws<ContainerException>(() => ProcessRules.Check(config.Process, "", new ValidationContext()))!;
        Assert.That("/process" + alone.Pointer, Is.EqualTo(pointer));
    }

    [Test]
    public void Unlimited_and_real_time_are_allowed()
        => Allowed(Config(process: """
            "rlimits":[{"type":"RLIMIT_CORE","soft":18446744073709551615,"hard":18446744073709551615}],
            "scheduler":{"policy":"SCHED_DEADLINE","runtime":1,"deadline":2,"period":3,"flags":["SCHED_FLAG_RECLAIM"]},
            "ioPriority":{"class":"IOPRIO_CLASS_IDLE","priority":0},"oomScoreAdj":-1000,"user":{"uid":4294967294,"gid":4294967294,"umask":511}
            """));

    [Test]
    public void An_unknown_capability_is_no_error() => Allowed(Config(process: """ "capabilities":{"bounding":["CAP_NEW"]} """));

    [TestCase("{\"path\":\"x\"}", "path")]
    [TestCase("{\"path\":\"\"}", "path")]
    [TestCase("{\"path\":\"/x\",\"timeout\":0}", "timeout")]
    [TestCase("{\"path\":\"/x\",\"timeout\":-1}", "timeout")]
    [Must("hooks.path-absolute"), Must("hooks.timeout")]
    public void A_hook_needs_an_absolute_path_and_a_timeout_above_zero(string hook, string property)
    {
        foreach (string kind in new[] { "prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop" })
            PointsAt($"/hooks/{kind}/1/{property}", Config(top: $$""" "hooks":{"{{kind}}":[{"path":"/ok","timeout":1},{{hook}}]} """));
    }

    [TestCase("\"namespaces\":[{\"type\":\"pid\"},{\"type\":\"pid\",\"path\":\"/x\"}]", "/linux/namespaces/1/type")]
    [TestCase("\"namespaces\":[{\"type\":\"pid\",\"path\":\"x\"}]", "/linux/namespaces/0/path")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"maskedPaths\":[\"/x\"]", "/linux/maskedPaths")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"readonlyPaths\":[\"/x\"]", "/linux/readonlyPaths")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"rootfsPropagation\":\"slave\"", "/linux/rootfsPropagation")]
    [TestCase("\"namespaces\":[{\"type\":\"mount\"}],\"readonlyPaths\":[\"/a\",\"x\"]", "/linux/readonlyPaths/1")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}]", "/linux/uidMappings")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]", "/linux/gidMappings")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":0}]",
        "/linux/uidMappings/0/size")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":1,\"hostID\":0,\"size\":4294967295}]",
        "/linux/uidMappings/0/size")]
    [TestCase("\"namespaces\":[{\"type\":\"user\"}],\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":9},{\"containerID\":8,\"hostID\":20,\"size\":1}]", "/linux/uidMappings/1")]
    [TestCase("\"timeOffsets\":{\"monotonic\":{\"secs\":1}}", "/linux/timeOffsets")]
    [TestCase("\"namespaces\":[{\"type\":\"time\",\"path\":\"/x\"}],\"timeOffsets\":{\"boottime\":{\"secs\":1}}", "/linux/timeOffsets")]
    [TestCase("\"namespaces\":[{\"type\":\"time\"}],\"timeOffsets\":{\"boottime\":{\"nanosecs\":1000000000}}",
        "/linux/timeOffsets/boottime/nanosecs")]
    [Must("namespaces.duplicate"), Must("namespaces.path-absolute"), Must("readonlyPaths.absolute")]
    [Must("extensibility.invalid")]
    public void Namespaces_that_contradict_are_refused(string linux, string pointer) => PointsAt(pointer, Config(linux));

    [Test]
    public void Names_need_a_UTS_namespace()
    {
        PointsAt("/hostname", Config(top: "\"hostname\":\"h\""));
        PointsAt("/domainname", Config(top: "\"domainname\":\"h\""));
        Allowed(Config(linux: """ "namespaces":[{"type":"uts"}] """, top: "\"hostname\":\"h\",\"domainname\":\"h\""));
        Allowed(Config(top: "\"hostname\":\"\""));
    }

    [Test]
    public void More_mappings_than_the_kernel_takes_are_refused()
    {
        string mappings = string.Join(',', Enumerable.Range(0, 341).Select(i => $$"""{"containerID":{{i}},"hostID":{{i}},"size":1}"""));
        PointsAt("/linux/uidMappings", Config($$""" "namespaces":[{"type":"user"}],"uidMappings":[{{mappings}}] """));
    }

    [Test]
    public void Mappings_longer_than_the_page_that_the_kernel_takes_are_refused()
    {
        string Mappings(int count)
            => string.Join(',', Enumerable.Range(0, count)
                .Select(i => $$"""{"containerID":{{1000000000 + i}},"hostID":{{2000000000 + i}},"size":1}"""));
        // 24 characters a line.
        PointsAt("/linux/uidMappings", Config($$""" "namespaces":[{"type":"user"}],"uidMappings":[{{Mappings(171)}}] """));
        Allowed(Config($$""" "namespaces":[{"type":"user"}],"uidMappings":[{{Mappings(170)}}],"gidMappings":[{{Mappings(1)}}] """));
    }

    [Test]
    public void A_runtime_without_privilege_needs_a_user_namespace()
    {
        ValidationContext ctx = new() { Unprivileged = true };
        PointsAt("/linux/namespaces", Config(), ctx);
        const string Mapped = """
            "namespaces":[{"type":"user"}],"uidMappings":[{"containerID":0,"hostID":7,"size":1}],"gidMappings":[{"containerID":0,"hostID":7,"size":1}]
            """;
        Allowed(Config(Mapped), ctx);
        PointsAt("/process/user/additionalGids", Config(Mapped, process: """ "user":{"uid":0,"gid":0,"additionalGids":[1]} """), ctx);
        PointsAt("/linux/namespaces", Config(top: """ "mounts":[{"destination":"/d","type":"devpts","options":["gid=5"]}] """), ctx);
        PointsAt("/mounts/0/options", Config(Mapped, top: """ "mounts":[{"destination":"/d","type":"devpts","options":["gid=5"]}] """),
            ctx);
    }

    [TestCase("\"devices\":[{\"type\":\"c\",\"path\":\"x\",\"major\":1,\"minor\":1}]", "/linux/devices/0/path")]
    [TestCase("\"devices\":[{\"type\":\"c\",\"path\":\"/a/..\",\"major\":1,\"minor\":1}]", "/linux/devices/0/path")]
    [TestCase("\"devices\":[{\"type\":\"c\",\"path\":\"/x\",\"major\":-1,\"minor\":1}]", "/linux/devices/0/major")]
    [TestCase("\"devices\":[{\"type\":\"b\",\"path\":\"/x\",\"major\":1,\"minor\":1048576}]", "/linux/devices/0/minor")]
    [TestCase("\"rootfsPropagation\":\"x\"", "/linux/rootfsPropagation")]
    [TestCase("\"personality\":{\"domain\":\"LINUX64\"}", "/linux/personality/domain")]
    [TestCase("\"personality\":{\"domain\":\"LINUX\",\"flags\":[\"X\"]}", "/linux/personality/flags/0")]
    [TestCase("\"memoryPolicy\":{\"mode\":\"X\"}", "/linux/memoryPolicy/mode")]
    [TestCase("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"flags\":[\"X\"]}", "/linux/memoryPolicy/flags/0")]
    [TestCase("\"memoryPolicy\":{\"mode\":\"MPOL_BIND\",\"nodes\":\"x\"}", "/linux/memoryPolicy/nodes")]
    [TestCase("\"intelRdt\":{\"closID\":\"..\"}", "/linux/intelRdt/closID")]
    [TestCase("\"intelRdt\":{\"closID\":\"a/b\"}", "/linux/intelRdt/closID")]
    [TestCase("\"intelRdt\":{\"memBwSchema\":\"L3:0=1\"}", "/linux/intelRdt/memBwSchema")]
    [TestCase("\"intelRdt\":{\"schemata\":[\"a\",\"a\\nb\"]}", "/linux/intelRdt/schemata/1")]
    [TestCase("\"netDevices\":{\"eth0\":{}}", "/linux/netDevices")]
    [TestCase("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"eth0\":{\"name\":\"a/b\"}}", "/linux/netDevices/eth0/name")]
    [TestCase("\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"sixteen-letters.\":{}}", "/linux/netDevices/sixteen-letters.")]
    [Must("intelRdt.memBw-prefix"), Must("intelRdt.schemata-newline"), Must("extensibility.invalid")]
    public void A_Linux_property_that_breaks_a_rule_is_refused(string linux, string pointer) => PointsAt(pointer, Config(linux));

    [Test]
    public void A_private_root_is_not_possible_without_pivot()
    {
        const string Private = "\"namespaces\":[{\"type\":\"mount\"}],\"rootfsPropagation\":\"rprivate\"";
        PointsAt("/linux/rootfsPropagation", Config(Private), new ValidationContext { NoPivot = true });
        Allowed(Config(Private));
    }
}
