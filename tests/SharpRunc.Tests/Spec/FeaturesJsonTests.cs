using System;
using System.Linq;
using System.Text;
using System.Text.Json;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

internal sealed class FeaturesJsonTests
{
    private static JsonElement Features() => JsonDocument.Parse(FeaturesJson.Write("1.2.3", "abc")).RootElement;

    private static string[] Strings(JsonElement array) => [.. array.EnumerateArray().Select(item => item.GetString()!)];

    [Test]
    [Must("features.min"), Must("features.min-accepted"), Must("features.max"), Must("features.max-accepted")]
    [Must("features.max-not-less")]
    public void The_required_versions_MUST_be_there_and_be_accepted()
    {
        JsonElement features = Features();
        Assert.That(new Version(features.GetProperty("ociVersionMax").GetString()!),
            Is.GreaterThanOrEqualTo(new Version(features.GetProperty("ociVersionMin").GetString()!)));
        foreach (string name in new[] { "ociVersionMin", "ociVersionMax" })
            Assert.That(() => Core.Validation.VersionRules.MustBeSemVerOfOurMajor(features.GetProperty(name).GetString()!, new()),
                Throws.Nothing);
    }

    [Test]
    [Must("features.defined")]
    public void No_property_is_there_that_the_specification_does_not_define()
    {
        // features.md and features-linux.md of 1.3.0.
        Check(Features(), "ociVersionMin ociVersionMax hooks mountOptions linux annotations potentiallyUnsafeConfigAnnotations");
        JsonElement linux = Features().GetProperty("linux");
        Check(linux, "namespaces capabilities cgroup seccomp apparmor selinux intelRdt memoryPolicy mountExtensions netDevices");
        Check(linux.GetProperty("cgroup"), "v1 v2 systemd systemdUser rdma");
        Check(linux.GetProperty("seccomp"), "enabled actions operators archs knownFlags supportedFlags");
        Check(linux.GetProperty("intelRdt"), "enabled schemata monitoring");
        Check(linux.GetProperty("memoryPolicy"), "modes flags");
        Check(linux.GetProperty("mountExtensions").GetProperty("idmap"), "enabled");

        static void Check(JsonElement element, string names)
            => Assert.That(element.EnumerateObject().Select(property => property.Name), Is.EquivalentTo(names.Split(' ')));
    }

    [Test, Must("features.null")]
    public void Null_MUST_NOT_be_confused_with_an_empty_value_and_nothing_is_unknown_to_us()
        => Assert.That(Encoding.UTF8.GetString(FeaturesJson.Write("1", "")), Does.Not.Contain("null"));

    [Test, Must("features.annotations")]
    public void Annotations_MUST_be_a_map_of_keys_that_are_not_empty_to_strings()
    {
        JsonElement annotations = Features().GetProperty("annotations");
        Assert.That(annotations.ValueKind, Is.EqualTo(JsonValueKind.Object));
        foreach (JsonProperty annotation in annotations.EnumerateObject())
            Assert.That((annotation.Name.Length > 0, annotation.Value.ValueKind), Is.EqualTo((true, JsonValueKind.String)));
    }

    [Test]
    public void Lists_have_the_shapes_of_the_schema()
    {
        JsonElement linux = Features().GetProperty("linux"), seccomp = linux.GetProperty("seccomp");
        Assert.Multiple(() =>
        {
            Assert.That(Strings(Features().GetProperty("hooks")), Has.Length.EqualTo(6));
            Assert.That(Strings(linux.GetProperty("namespaces")), Is.SubsetOf("mount pid network uts ipc user cgroup time".Split(' ')));
            Assert.That(Strings(linux.GetProperty("capabilities")), Has.Length.EqualTo(41).And.All.Match("^CAP_[A-Z_]+$"));
            Assert.That(Strings(seccomp.GetProperty("actions")), Has.Length.EqualTo(9).And.All.StartsWith("SCMP_ACT_"));
            Assert.That(Strings(seccomp.GetProperty("operators")), Has.Length.EqualTo(7).And.All.StartsWith("SCMP_CMP_"));
            Assert.That(Strings(seccomp.GetProperty("supportedFlags")), Is.SubsetOf(Strings(seccomp.GetProperty("knownFlags"))));
            Assert.That(Features().GetProperty("annotations").EnumerateObject().Select(a => a.Value.ValueKind),
                Has.All.EqualTo(JsonValueKind.String));
        });
    }

    [Test]
    public void Only_architectures_that_compile_are_announced()
    {
        foreach (string name in Strings(Features().GetProperty("linux").GetProperty("seccomp").GetProperty("archs")))
            Assert.That(Core.Seccomp.Architecture.Find(name), Is.Not.Null, name);
    }

    [Test, Must("features.idmap")]
    public void Id_mapped_mounts_are_announced()
        => Assert.That(Features().GetProperty("linux").GetProperty("mountExtensions").GetProperty("idmap").GetProperty("enabled")
            .GetBoolean(), Is.True);

    [Test, Must("features.mountOptions")]
    public void Every_mount_option_that_is_announced_is_recognized()
    {
        foreach (string option in Strings(Features().GetProperty("mountOptions")))
            Assert.That(MountOptions.Parse([option]).Data, Is.Empty, option);
    }

    [Test]
    public void Mount_options_are_sorted_and_hold_what_containerd_looks_for()
    {
        string[] options = Strings(Features().GetProperty("mountOptions"));
        Assert.That(options, Is.Ordered.Using((System.Collections.IComparer)StringComparer.Ordinal).And.Unique);
        Assert.That(options, Does.Contain("rro").And.Contain("tmpcopyup").And.Contain("defaults"));
        Assert.That(options, Does.Contain("idmap").And.Contain("ridmap").And.Contain("copy-symlink"));
    }

    [Test]
    public void The_text_has_four_spaces_and_one_newline_at_its_end()
        => Assert.That(Encoding.UTF8.GetString(FeaturesJson.Write("1", "")),
            Does.StartWith("{\n    \"ociVersionMin\": \"1.0.0\",\n").And.EndsWith("\n}\n"));
}
