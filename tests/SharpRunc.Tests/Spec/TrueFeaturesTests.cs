using System;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>
/// features.md: what is announced is what a config may use, and nothing that it may use is kept back. The words are those of the schemas.
/// </summary>
internal sealed class TrueFeaturesTests
{
    private static JsonElement Features => JsonDocument.Parse(FeaturesJson.Write("1.2.3", "abc")).RootElement;

    private static JsonElement Linux => Features.GetProperty("linux");

    private static JsonElement Seccomp => Linux.GetProperty("seccomp");

    [Test]
    [Must("features.hooks")]
    public void The_hooks_that_are_announced_are_those_that_are_read()
        => Compare(Features.GetProperty("hooks"), Properties(JsonSchema.Config.Root.GetProperty("properties").GetProperty("hooks")),
            hook => ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","hooks":{"{{hook}}":[{"path":"/x"}]} }"""))
                .Hooks is { } hooks
                && typeof(Core.Spec.Hooks).GetProperties().Any(property => ((Hook[])property.GetValue(hooks)!).Length == 1));

    [Test]
    [Must("features.namespaces")]
    public void The_namespaces_that_are_announced_are_those_that_are_taken()
        => Compare(Linux.GetProperty("namespaces"), Words("NamespaceType"), type => Takes(linux: $$"""
            "namespaces":[{"type":"{{type}}"}] {{(type == "user" ? ",\"uidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}],\"gidMappings\":[{\"containerID\":0,\"hostID\":0,\"size\":1}]" : "")}}
            """));

    [Test]
    [Must("features.mountOptions")]
    public void The_mount_options_that_are_announced_are_those_that_are_taken()
    {
        Array table = (Array)typeof(MountOptions).GetField("Table", BindingFlags.Static | BindingFlags.NonPublic)!.GetValue(null)!;
        string[] known = [.. table.Cast<object>().Select(row => (string)row.GetType().GetField("Item1")!.GetValue(row)!)];
        Compare(Features.GetProperty("mountOptions"), known, option =>
        {
            string mappings = option is "idmap" or "ridmap"
                ? ""","uidMappings":[{"containerID":0,"hostID":7,"size":9}],"gidMappings":[{"containerID":0,"hostID":7,"size":9}]""" : "";
            return Takes(""" "namespaces":[{"type":"mount"}] """,
                $$""" "mounts":[{"destination":"/x","type":"tmpfs","source":"/y","options":["{{option}}"{{(mappings.Length > 0 || option.Contains("symlink") || option.EndsWith("-nofollow") ? ",\"bind\"" : "")}}]{{mappings}}}] """);
        });
    }

    [Test]
    [Must("features.seccomp.actions")]
    public void The_seccomp_actions_that_are_announced_are_those_that_compile()
        => Compare(Seccomp.GetProperty("actions"), Words("SeccompAction"),
            action => Compiles(
                $$""" "defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/s","syscalls":[{"names":["mkdir"],"action":"{{action}}"}] """));

    [Test]
    [Must("features.seccomp.operators")]
    public void The_seccomp_operators_that_are_announced_are_those_that_compile()
        => Compare(Seccomp.GetProperty("operators"), Words("SeccompOperators"), op => Compiles($$"""
            "defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_LOG","args":[{"index":1,"value":1,"valueTwo":1,"op":"{{op}}"}]}]
            """));

    [Test]
    [Must("features.seccomp.archs")]
    public void The_seccomp_architectures_that_are_announced_are_those_that_compile()
        => Compare(Seccomp.GetProperty("archs"), Words("SeccompArch"),
            arch => Compiles($$""" "defaultAction":"SCMP_ACT_ALLOW","architectures":["{{arch}}"] """));

    [Test]
    [Must("features.seccomp.knownFlags"), Must("features.seccomp.supportedFlags")]
    public void The_seccomp_flags_that_are_announced_are_those_that_are_known_and_those_that_compile()
    {
        Assert.That(Strings(Seccomp.GetProperty("knownFlags")), Is.EquivalentTo(Words("SeccompFlag")));
        Compare(Seccomp.GetProperty("supportedFlags"), Words("SeccompFlag"),
            flag =>
                Compiles(
                    $$""" "defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/s","flags":["{{flag}}"],"syscalls":[{"names":["mkdir"],"action":"SCMP_ACT_NOTIFY"}] """));
    }

    [Test]
    [Must("features.memoryPolicy.modes"), Must("features.memoryPolicy.flags")]
    public void The_memory_policies_that_are_announced_are_those_that_are_taken()
    {
        JsonElement policy = Linux.GetProperty("memoryPolicy");
        Compare(policy.GetProperty("modes"), Words("MemoryPolicyMode"),
            mode =>
                Takes($$""" "memoryPolicy":{"mode":"{{mode}}"{{(mode is "MPOL_DEFAULT" or "MPOL_LOCAL" ? "" : ",\"nodes\":\"0\"")}} } """));
        Compare(policy.GetProperty("flags"), Words("MemoryPolicyFlag"),
            flag => Takes($$""" "memoryPolicy":{"mode":"MPOL_BIND","nodes":"0","flags":["{{flag}}"] } """));
    }

    [TestCase("netDevices", "\"namespaces\":[{\"type\":\"network\"}],\"netDevices\":{\"eth0\":{}}")]
    [TestCase("intelRdt", "\"intelRdt\":{\"closID\":\"a\"}")]
    [TestCase("selinux", "\"namespaces\":[{\"type\":\"mount\"}],\"mountLabel\":\"u:r:t:s0\"")]
    public void A_switch_is_on_when_its_property_is_taken(string name, string linux)
        => Assert.That(Linux.GetProperty(name).GetProperty("enabled").GetBoolean(), Is.EqualTo(Takes(linux)));

    [Test]
    [Must("features.idmap")]
    public void Idmapped_mounts_are_announced_when_they_are_taken()
        => Assert.That(Linux.GetProperty("mountExtensions").GetProperty("idmap").GetProperty("enabled").GetBoolean(),
            Is.EqualTo(Strings(Features.GetProperty("mountOptions")).Contains("idmap")));

    [Test]
    public void Every_capability_of_the_kernels_header_is_announced()
        => Assert.That(Strings(Linux.GetProperty("capabilities")), Is.EqualTo(CapabilityNames.All));

    [Test]
    public void AppArmor_and_labels_are_applied_and_the_annotation_that_names_a_file_for_criu_is_called_unsafe()
    {
        Assert.That(Linux.GetProperty("apparmor").GetProperty("enabled").GetBoolean(), Is.True);
        Assert.That(Strings(Features.GetProperty("potentiallyUnsafeConfigAnnotations")),
            Is.EqualTo(new[] { "org.criu.config", "org.systemd.property." }));
    }

    /// <summary>Each word is announced if it is taken, and not if it is not; nothing else is announced.</summary>
    private static void Compare(JsonElement announced, string[] words, Func<string, bool> takes)
        => Assert.That(Strings(announced), Is.EquivalentTo(words.Where(takes)));

    private static bool Takes(string linux = "", string top = "")
        => Passes($$"""{"ociVersion":"1.0.0","root":{"path":"r"},{{top}}{{(top.Length > 0 ? "," : "")}}"linux":{ {{linux}} } }""");

    private static bool Compiles(string seccomp) => Takes($$""" "seccomp":{ {{seccomp}} } """);

    private static bool Passes(string json)
    {
        try
        {
            Config config = ConfigReader.Read(Encoding.UTF8.GetBytes(json));
            ConfigRules.Check(config, new ValidationContext());
            SeccompCompiler.Compile(config.Linux.Seccomp);
            return true;
        }
        catch (ContainerException)
        {
            return false;
        }
    }

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    private static string[] Properties(JsonElement schema)
        => [.. schema.GetProperty("properties").EnumerateObject().Select(property => property.Name)];

    /// <summary>The enum of that name in defs-linux.json.</summary>
    private static string[] Words(string definition)
    {
        JsonSchema.Config.Resolve($"defs-linux.json#/definitions/{definition}", out JsonElement schema);
        return Strings(schema.GetProperty("enum"));
    }
}
