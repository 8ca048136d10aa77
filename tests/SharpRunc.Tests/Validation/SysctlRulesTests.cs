using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;

namespace SharpRunc.Tests.Validation;

internal sealed class SysctlRulesTests
{
    private static void Check(string key, Namespace[] namespaces, bool hostNetwork = false)
        => SysctlRules.Check(new Core.Spec.Linux { Namespaces = namespaces, Sysctl = [KeyValuePair.Create(key, "1")] },
            new ValidationContext { HostNetwork = hostNetwork });

    [TestCase("kernel.msgmax", NamespaceType.Ipc), TestCase("kernel.shm_rmid_forced", NamespaceType.Ipc),
        TestCase("kernel.sem", NamespaceType.Ipc)]
    [TestCase("kernel/shmmax", NamespaceType.Ipc), TestCase("fs.mqueue.msg_max", NamespaceType.Ipc),
        TestCase("net.ipv4.ip_forward", NamespaceType.Network)]
    [TestCase("net/ipv4/conf/eno2.100/forwarding", NamespaceType.Network), TestCase("kernel.domainname", NamespaceType.Uts),
        TestCase("user.max_user_namespaces", NamespaceType.User)]
    public void A_sysctl_of_a_namespace_needs_that_namespace(string key, NamespaceType type)
    {
        Assert.That(() => Check(key, [new Namespace(type, null)]), Throws.Nothing);
        Assert.That(() => Check(key, [new Namespace(type, "/other")]), Throws.Nothing);
        Assert.That(() => Check(key, []), Throws.TypeOf<ContainerException>());
    }

    [TestCase("kernel.core_pattern"), TestCase("kernel.hostname"), TestCase("vm.swappiness"), TestCase("kernel.shm_next_id"),
        TestCase("kernel.msgmaxx"), TestCase("fs.file-max")]
    [TestCase("net..ipv4"), TestCase("net/../kernel/core_pattern"), TestCase("net.//.kernel.core_pattern"), TestCase("net//ipv4"),
        TestCase("/net/ipv4"), TestCase("net.ipv4."), TestCase("net")]
    [TestCase(""), TestCase("."), TestCase(".."), TestCase("net.a\nb"), TestCase("net/./x"), TestCase("net.x.\0"), TestCase("fs.mqueue"),
        TestCase("kernel.sem/../core_pattern")]
    public void Everything_else_is_refused_by_name(string key)
    {
        Namespace[] all = System.Array.ConvertAll(System.Enum.GetValues<NamespaceType>(), type => new Namespace(type, null));
        ContainerException e = Assert.Throws<ContainerException>(() => Check(key, all))!;
        Assert.That(e.Pointer, Does.StartWith("/linux/sysctl/"));
    }

    [Test]
    public void The_host_s_network_is_not_the_container_s_to_set()
    {
        Assert.That(() => Check("net.ipv4.ip_forward", [new Namespace(NamespaceType.Network, "/proc/1/ns/net")], hostNetwork: true),
            Throws.TypeOf<ContainerException>());
        Assert.That(() => Check("net.ipv4.ip_forward", [new Namespace(NamespaceType.Network, null)], hostNetwork: true), Throws.Nothing);
    }

    [TestCase("net.ipv4.ip_forward", "net/ipv4/ip_forward"), TestCase("net/ipv4/ip_forward", "net/ipv4/ip_forward")]
    [TestCase("net/ipv4/conf/eno2.100/x", "net/ipv4/conf/eno2.100/x"), TestCase("net.ipv4.conf.eno2/100.x", "net/ipv4/conf/eno2.100/x")]
    public void Both_spellings_map_to_one_file(string key, string path) => Assert.That(SysctlRules.PathOf(key), Is.EqualTo(path));

    [Test]
    public void The_same_sysctl_in_two_spellings_is_refused()
    {
        Core.Spec.Linux linux = new()
        {
            Namespaces = [new Namespace(NamespaceType.Network, null)],
            Sysctl = [KeyValuePair.Create("net.ipv4.ip_forward", "1"), KeyValuePair.Create("net/ipv4/ip_forward", "0")],
        };
        Assert.That(() => SysctlRules.Check(linux, new ValidationContext()), Throws.TypeOf<ContainerException>().With.Property("Pointer")
            .EqualTo("/linux/sysctl/net~1ipv4~1ip_forward"));
    }
}
