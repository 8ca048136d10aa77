using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>
/// The specification's own schemas and examples: all of Data/schema, held against our reader, and what we write held against them.
/// </summary>
internal sealed class SchemaTests
{
    private static readonly Dictionary<string, JsonSchema> Schemas =
        new() { ["config"] = JsonSchema.Config, ["features"] = JsonSchema.Features, ["state"] = JsonSchema.State };

    /// <summary>What is wrong with each bad config, as we point at it.</summary>
    private static readonly Dictionary<string, string> Wrong = new()
    {
        ["freebsd-vnet-disable"] = "/freebsd/jail/vnet",
        ["invalid-json"] = "",
        ["linux-hugepage"] = "/linux/resources/hugepageLimits/0/pageSize",
        ["linux-netdevice"] = "/linux/netDevices/eth0/name",
        ["linux-rdma"] = "/linux/resources/rdma/mlx5_1/hcaHandles",
    };

    /// <summary>
    /// Good configs, well formed, that no Linux of today makes a container of, with what says so: two are for a version 0 of the
    /// specification, of whose major version we are not; two would rename the host and move a device into the network where it already is,
    /// for want of a namespace.
    /// </summary>
    private static readonly Dictionary<string, string> NotForHere = new()
    {
        ["freebsd-example"] = "/hostname",
        ["linux-netdevice"] = "/linux/netDevices",
        ["spec-example"] = "/ociVersion",
        ["zos-example"] = "/ociVersion",
    };

    private static string[] GoodConfigs => Names("config", "good");

    private static string[] BadConfigs => Names("config", "bad");

    private static string[] GoodStates => Names("state", "good");

    private static string[] BadStates => Names("state", "bad");

    private static IEnumerable<string[]> Examples()
    {
        foreach (string kind in Schemas.Keys)
            foreach (string folder in new[] { "good", "bad" })
                foreach (string name in Names(kind, folder))
                    yield return [kind, folder, name];
    }

    private static string[] Names(string kind, string folder)
        => Array.ConvertAll(Directory.GetFiles(Repository.Data("schema", kind, folder)), file => Path.GetFileNameWithoutExtension(file));

    private static byte[] Read(string kind, string folder, string name)
        => File.ReadAllBytes(Repository.Data("schema", kind, folder, name + ".json"));

    private static Config ReadAndCheck(byte[] json)
    {
        Config config = ConfigReader.Read(json);
        ConfigRules.Check(config, new ValidationContext());
        return config;
    }

    [TestCaseSource(nameof(Examples))]
    public void The_schema_accepts_and_refuses_the_examples_as_their_folder_says(string kind, string folder, string name)
        => Assert.That(Schemas[kind].Errors(Encoding.UTF8.GetString(Read(kind, folder, name))), folder == "good" ? Is.Empty : Is.Not.Empty);

    [TestCaseSource(nameof(GoodConfigs))]
    public void A_good_config_is_read_and_keeps_the_rules_unless_it_is_not_for_here(string name)
    {
        byte[] json = Read("config", "good", name);
        Assert.That(ConfigReader.Read(json).OciVersion, Is.Not.Empty);
        if (NotForHere.TryGetValue(name, out string? pointer))
            Assert.That(() => ReadAndCheck(json), Throws.TypeOf<ContainerException>().With.Property("Pointer").EqualTo(pointer));
        else
            Assert.That(() => ReadAndCheck(json), Throws.Nothing);
    }

    [TestCaseSource(nameof(BadConfigs))]
    public void A_bad_config_is_refused_with_its_pointer(string name)
        => Assert.That(() => ReadAndCheck(Read("config", "bad", name)), Throws.TypeOf<ContainerException>().With.Property("Pointer")
            .EqualTo(Wrong[name]));

    // The state that a runtime keeps is its own affair, and ours is another than the one that it shows: it is told by its first member.
    [TestCaseSource(nameof(GoodStates))]
    public void The_state_of_another_runtime_is_never_taken_for_ours(string name)
        => Assert.That(() => StateFile.Read(Read("state", "good", name)), Throws.TypeOf<StateFormatException>());

    [TestCaseSource(nameof(BadStates))]
    public void A_bad_state_is_refused(string name)
        => Assert.That(() => StateFile.Read(Read("state", "bad", name)), Throws.TypeOf<StateFormatException>());

    [TestCase("""{"ociVersion":1}""", "/ociVersion"), TestCase("""{"ociVersion":"1","root":{}}""", "/root"), TestCase("[]", "")]
    [TestCase("""{"ociVersion":"1","annotations":{"a/b":1}}""", "/annotations/a~1b")]
    [TestCase("""{"ociVersion":"1","hooks":{"poststop":[{"path":"/x"},{"path":"/x","timeout":0}]}}""", "/hooks/poststop/1/timeout")]
    [TestCase("""{"ociVersion":"1","process":{"cwd":"/","rlimits":[{"type":"CORE","soft":0,"hard":0}]}}""", "/process/rlimits/0/type")]
    [TestCase("""{"ociVersion":"1","process":{"cwd":"/","rlimits":[{"type":"RLIMIT_CORE","soft":0,"hard":18446744073709551616}]}}""",
        "/process/rlimits/0/hard")]
    [TestCase("""{"ociVersion":"1","linux":{"namespaces":[{"type":"pid"},{"type":"net"}]}}""", "/linux/namespaces/1/type")]
    [TestCase("""{"ociVersion":"1","linux":{"resources":{"blockIO":{"throttleReadBpsDevice":[{"major":1}]}}}}""",
        "/linux/resources/blockIO/throttleReadBpsDevice/0")]
    [TestCase("""{"ociVersion":"1","linux":{"resources":{"pids":{"limit":1.5}}}}""", "/linux/resources/pids/limit")]
    [TestCase("""{"ociVersion":"1","linux":{"seccomp":{"defaultAction":"SCMP_ACT_LOG","syscalls":[{"names":[],"action":"SCMP_ACT_LOG"}]}}}""", "/linux/seccomp/syscalls/0/names")]
    public void Each_keyword_of_the_schema_is_looked_at(string json, string pointer)
        => Assert.That(JsonSchema.Config.Errors(json), Has.Exactly(1).Items.And.Some.StartsWith(pointer + ": "));

    [TestCaseSource(typeof(SampleFiles), nameof(SampleFiles.Bundles))]
    public void The_schema_accepts_what_engines_write(string file)
    {
        if (file.EndsWith("process.json", StringComparison.Ordinal))
            return;
        // The file type that Go's stat adds to fileMode is not the schema's, but it is what everybody reads.
        Assert.That(JsonSchema.Config.Errors(Encoding.UTF8.GetString(SampleFiles.Read(file))), Has.All.Contains("fileMode"));
    }

    [Test]
    [Must("features.annotations")]
    public void What_features_prints_is_as_the_schema_has_it()
        => Assert.That(JsonSchema.Features.Errors(Encoding.UTF8.GetString(FeaturesJson.Write("1.2.3", "abc"))), Is.Empty);

    [TestCase(true), TestCase(false)]
    public void What_spec_writes_is_as_the_schema_has_it(bool cgroupV2)
    {
        Assert.That(JsonSchema.Config.Errors(Encoding.UTF8.GetString(SpecTemplate.Privileged(cgroupV2))), Is.Empty);
        Assert.That(JsonSchema.Config.Errors(Encoding.UTF8.GetString(SpecTemplate.Rootless(1000, 4294967294, cgroupV2))), Is.Empty);
    }
}
