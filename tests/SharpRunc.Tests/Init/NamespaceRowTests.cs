using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>config-linux.md#namespaces, what each type needs to be refused, and what other properties do in it.</summary>
internal sealed class NamespaceRowTests
{
    [TestCase("pid", "uts")]
    [TestCase("network", "mnt")]
    [TestCase("mount", "net")]
    [TestCase("ipc", "pid")]
    [TestCase("uts", "ipc")]
    [TestCase("user", "uts")]
    [TestCase("cgroup", "mnt")]
    [TestCase("time", "user")]
    [Must("namespaces.path-type"), Must("create.cannot-apply-nothing")]
    public void The_runtime_MUST_generate_an_error_if_path_is_not_associated_with_a_namespace_of_the_type_and_nothing_is_made(string type,
        string file)
    {
        using Runtime runtime = Runtime.Create();
        string stopped = Path.Combine(runtime.Work, "stopped");
        Bundle bundle = runtime.NewBundle("true").InNamespace(type, $"/proc/self/ns/{file}");
        bundle.Config["hooks"] = new JsonObject
        {
            ["poststop"] =
            new JsonArray(new JsonObject { ["path"] = "/usr/bin/touch", ["args"] = new JsonArray("touch", stopped) })
        };
        int index = ((JsonArray)bundle.Linux["namespaces"]!).Count - 1;
        runtime.RunBundle(bundle).ExpectError($"pointer=/linux/namespaces/{index}/path").ExpectError("must be a namespace of that type");
        Assert.That(File.Exists(stopped), Is.False, "there was no container to stop");
    }

    [Test]
    public void A_namespace_for_children_is_joined_as_any()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.InNamespace("time"));
        int pid = runtime.Sleeper(b => b.InNamespace("time", $"/proc/{holder}/ns/time_for_children"));
        Assert.That(NamespaceTests.Link(pid, "time"), Is.EqualTo(NamespaceTests.Link(holder, "time")));
    }

    [Test]
    public void The_runtimes_own_user_namespace_is_not_joined_but_inherited()
    {
        using Runtime runtime = Runtime.Create();
        runtime.RunBundle(runtime.NewBundle("true").InNamespace("user", "/proc/self/ns/user")).ExpectError("/linux/namespaces/5/path")
            .ExpectError("omit it to inherit it");
    }

    [Test]
    public void Mappings_of_a_joined_user_namespace_are_those_it_has()
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        Bundle bundle = runtime.NewBundle().Says("cat /proc/self/uid_map").MapsUsers().InNamespace("user", $"/proc/{holder}/ns/user");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo("         0     100000      65536\n"));
    }

    [TestCase("uidMappings", "hostID", 200000)]
    [TestCase("gidMappings", "size", 10)]
    public void Other_mappings_than_a_joined_user_namespace_has_are_an_error(string property, string number, int value)
    {
        using Runtime runtime = Runtime.Create();
        int holder = runtime.Sleeper(b => b.MapsUsers());
        Bundle bundle = runtime.NewBundle("true").MapsUsers().InNamespace("user", $"/proc/{holder}/ns/user");
        bundle.Linux[property]![0]![number] = value;
        runtime.RunBundle(bundle).ExpectError($"pointer=/linux/{property}").ExpectError("maps other ids: 0 100000 65536");
    }

    [TestCase("         0     100000      65536\n", true)]
    [TestCase("0 100000 65536\n70000 7 1\n", false)]
    [TestCase("0 100000 65535\n", false)]
    [TestCase("", false)]
    public void A_map_is_read_as_the_kernel_writes_it(string map, bool same)
        => Assert.That(Core.Lifecycle.JoinedMaps.HaveSameEntries([new IdMapping(0, 100000, 65536)], IdMaps.Parse(map)), Is.EqualTo(same));

    [TestCase("kernel.msgmax", "16384", "ipc")]
    [TestCase("kernel.msgmnb", "32768", "ipc")]
    [TestCase("kernel.msgmni", "1000", "ipc")]
    [TestCase("kernel.sem", "250\t32000\t100\t128", "ipc")]
    [TestCase("kernel.shmall", "12345", "ipc")]
    [TestCase("kernel/shmmax", "123456", "ipc")]
    [TestCase("kernel.shmmni", "1000", "ipc")]
    [TestCase("kernel.shm_rmid_forced", "1", "ipc")]
    [TestCase("fs.mqueue.msg_max", "20", "ipc")]
    [TestCase("net.ipv4.ip_forward", "1", "network")]
    [TestCase("net/ipv4/conf/lo/forwarding", "1", "network")]
    [TestCase("kernel.domainname", "example.org", "uts")]
    [TestCase("user.max_user_namespaces", "7", "user")]
    public void A_sysctl_is_set_in_the_containers_namespace_and_not_on_the_host(string key, string value, string type)
    {
        using Runtime runtime = Runtime.Create();
        string file = "/proc/sys/" + Core.Validation.SysctlRules.PathOf(key), before = File.ReadAllText(file);
        Bundle bundle = runtime.NewBundle("cat", file);
        if (type == "user")
            bundle.MapsUsers();
        bundle.Linux["sysctl"] = new JsonObject { [key] = value };
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output.Trim(), Is.EqualTo(value));
        Assert.That(File.ReadAllText(file), Is.EqualTo(before));
        // They need it too.
        bundle.Config.Remove("hostname");
        bundle.Linux.Remove("uidMappings");
        bundle.Linux.Remove("gidMappings");
        runtime.RunBundle(bundle.WithoutNamespace(type)).ExpectError("/linux/sysctl/");
    }

    [TestCase("kernel.msgmax", "ipc")]
    [TestCase("net.ipv4.ip_forward", "network")]
    [TestCase("kernel.domainname", "uts")]
    public void A_sysctl_in_the_hosts_namespace_is_refused_when_a_path_names_it_too(string key, string type)
    {
        using Runtime runtime = Runtime.Create();
        string file = "/proc/sys/" + Core.Validation.SysctlRules.PathOf(key), before = File.ReadAllText(file);
        Bundle bundle = runtime.NewBundle("true").InNamespace(type, $"/proc/self/ns/{NamespaceTests.File(type)}");
        bundle.Config.Remove("hostname");
        bundle.Linux["sysctl"] = new JsonObject { [key] = "1" };
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/sysctl/" + key).ExpectError("the host's");
        Assert.That(File.ReadAllText(file), Is.EqualTo(before));
        int holder = runtime.Sleeper(b => b.InNamespace(type));
        runtime.RunBundle(bundle.InNamespace(type, $"/proc/{holder}/ns/{NamespaceTests.File(type)}")).Expect(0);
    }
}
