using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;

namespace SharpRunc.Tests.Validation;

/// <summary>config-linux.md#network-devices: what can be refused by looking at the config.</summary>
internal sealed class NetDeviceRulesTests
{
    private const string Own = """[{ "type": "network" }]""";

    [TestCase("")]
    [TestCase(".")]
    [TestCase("..")]
    [TestCase("a/b")]
    [TestCase("a:b")]
    [TestCase("a b")]
    [TestCase("a\\tb")]
    [TestCase("sixteen-letters.")]
    [TestCase("öööööööö")]
    [TestCase("a%db")]
    [TestCase("a%")]
    [TestCase("%s")]
    [TestCase("%d%d")]
    [TestCase("fourteen-lett%d.")]
    public void A_name_that_the_kernel_would_not_take_is_refused(string name)
    {
        if (name.Length > 0)
            Refused($$"""{ "eth0": { "name": "{{name}}" } }""", Own, "/linux/netDevices/eth0/name", "cannot be the name");
        Refused($$"""{ "{{name}}": { "name": "x" } }""", Own, "/linux/netDevices/" + name.Replace("/", "~1").Replace("\\t", "\t"),
            "cannot be the name");
    }

    [TestCase("x%d")]
    [TestCase("%d")]
    [TestCase("thirteenletrs%d")]
    [TestCase("fifteen-letters")]
    [TestCase("ööööööö")]
    public void A_name_that_it_takes_is_not(string name)
        => Assert.That(() => Check($$"""{ "eth0": { "name": "{{name}}" } }""", Own), Throws.Nothing);

    [TestCase("""{ "a": { "name": "x" }, "b": { "name": "x" } }""", "/linux/netDevices/b/name")]
    [TestCase("""{ "a": { "name": "b" }, "b": {} }""", "/linux/netDevices/b")]
    public void Two_devices_cannot_have_one_name(string devices, string pointer) => Refused(devices, Own, pointer, "two devices would be");

    [Test]
    public void Two_may_have_one_template_and_two_may_change_names()
    {
        Assert.That(() => Check("""{ "a": { "name": "x%d" }, "b": { "name": "x%d" } }""", Own), Throws.Nothing);
        Assert.That(() => Check("""{ "a": { "name": "b" }, "b": { "name": "a" } }""", Own), Throws.Nothing);
    }

    [Test]
    public void The_containers_network_namespace_must_be_its_own_or_another_than_the_hosts()
    {
        Refused("""{ "a": {} }""", "[]", "/linux/netDevices", "needs a network namespace");
        const string ByPath = """[{ "type": "network", "path": "/n" }]""";
        Refused("""{ "a": {} }""", ByPath, "/linux/netDevices", "the runtime's own network namespace",
            new ValidationContext { HostNetwork = true });
        Assert.That(() => Check("""{ "a": {} }""", ByPath), Throws.Nothing);
    }

    [Test]
    public void An_ordinary_users_runtime_cannot_move_them()
        => Refused("""{ "a": {} }""", Own, "/linux/netDevices", "rootless", new ValidationContext { Unprivileged = true });

    private static void Refused(string devices, string namespaces, string pointer, string text, ValidationContext? ctx = null)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => Check(devices, namespaces, ctx))!;
        Assert.That((e.Pointer, e.Message), Is.EqualTo((pointer, e.Message)));
        Assert.That(e.Message, Does.Contain(text));
    }

    private static void Check(string devices, string namespaces, ValidationContext? ctx = null)
        => NetDeviceRules.Check(
            ConfigReader.Read(
                Encoding.UTF8.GetBytes(
                    $$"""{ "ociVersion": "1.3.0", "linux": { "namespaces": {{namespaces}}, "netDevices": {{devices}} } }""")).Linux,
                    ctx ?? new());
}
