using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Network;

/// <summary>config-linux.md#network-devices, on devices of a network namespace that stands for the host's.</summary>
internal sealed class NetDevicesTests
{
    private Runtime runtime = null!;
    private NetworkNamespace host = null!;

    [SetUp]
    public void Begin()
    {
        runtime = Runtime.Create();
        host = NetworkNamespace.Create(runtime);
    }

    [TearDown]
    public void End()
    {
        host?.Dispose();
        runtime?.Dispose();
    }

    [Must("netDevices.available")]
    [Must("netDevices.attributes")]
    [Must("netDevices.up")]
    [Test]
    public void A_device_is_in_the_container_under_its_new_name_with_its_attributes_and_addresses_and_up([Values] bool mapped)
    {
        host.Make("dev0");
        host.Say("link set dev0 mtu 1334 address 02:00:00:00:12:34");
        host.Say("addr add 10.1.2.3/24 broadcast 10.1.2.255 label dev0:x dev dev0");
        host.Say("addr add 10.9.9.1 peer 10.9.9.2/32 dev dev0");
        host.Say("addr add fd00::12:34/64 dev dev0 nodad");
        host.Say("addr add 10.7.0.1/24 dev dev0 valid_lft 1000 preferred_lft 500"); // lent
        host.Say("addr add 10.8.0.1/24 scope link dev dev0");
        Bundle bundle = Moving("dev0", "eth7");
        if (mapped)
            bundle.MapsUsers();
        int pid = host.StartContainer(Runtime.NewId(), bundle);
        string link = NetworkNamespace.Say(runtime, pid, "-o link show"),
            addresses = NetworkNamespace.Say(runtime, pid, "-o addr show dev eth7");
        Assert.Multiple(() =>
        {
            Assert.That(link, Does.Match(@" eth7@\w+: <[^>]*\bUP\b[^>]*> mtu 1334 .*02:00:00:00:12:34").And.Not.Contain("dev0:"));
            Assert.That(addresses, Does.Match(@"inet 10\.1\.2\.3/24 brd 10\.1\.2\.255 scope global eth7:x\b.*valid_lft forever"));
            Assert.That(addresses, Does.Match(@"inet 10\.9\.9\.1 peer 10\.9\.9\.2/32 scope global eth7\b"));
            Assert.That(addresses, Does.Match(@"inet6 fd00::12:34/64 scope global"));
            Assert.That(addresses, Does.Not.Contain("10.7.0.1").And.Not.Contain("10.8.0.1"));
            Assert.That(host.Say("-o link show"), Does.Not.Contain(": dev0@"));
        });
    }

    [Test]
    public void Without_a_new_name_it_keeps_its_own()
    {
        host.Make("dev0");
        host.Make("dev1");
        Bundle bundle = Moving("dev0", null);
        ((JsonObject)bundle.Linux["netDevices"]!)["dev1"] = new JsonObject { ["name"] = "" };
        Assert.That(host.RunBundle(bundle.Says("ls /sys/class/net")).Expect(0).Output, Is.EqualTo("dev0\ndev1\nlo\n"));
    }

    [Must("netDevices.template")]
    [Test]
    public void A_name_that_ends_in_percent_d_is_numbered_by_the_kernel()
    {
        host.Make("dev0");
        host.Make("dev1");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        other.Make("eth0");
        Bundle bundle = Moving("dev0", "eth%d").InNamespace("network", other.Path);
        ((JsonObject)bundle.Linux["netDevices"]!)["dev1"] = new JsonObject { ["name"] = "eth%d" };
        Assert.That(host.RunBundle(bundle.Says("ls /sys/class/net")).Expect(0).Output, Is.EqualTo("eth0\neth0-peer\neth1\neth2\nlo\n"));
    }

    [Must("netDevices.clash")]
    [Test]
    public void A_name_that_the_containers_namespace_has_already_is_an_error_and_nothing_moves()
    {
        host.Make("dev0");
        host.Make("dev1");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        other.Make("eth0");
        string before = host.Say("addr show");
        Bundle bundle = Moving("dev1", null).InNamespace("network", other.Path);
        ((JsonObject)bundle.Linux["netDevices"]!)["dev0"] = new JsonObject { ["name"] = "eth0" };
        host.RunBundle(bundle).ExpectError("pointer=/linux/netDevices/dev0").ExpectError("already has a device eth0");
        Assert.That(host.Say("addr show"), Is.EqualTo(before));
    }

    [Test]
    public void The_loopback_of_a_new_namespace_is_such_a_name()
    {
        host.Make("dev0");
        string before = host.Say("addr show");
        host.RunBundle(Moving("dev0", "lo")).ExpectError("already has a device lo");
        Assert.That(host.Say("addr show"), Is.EqualTo(before));
    }

    [Must("netDevices.possible")]
    [Test]
    public void A_device_that_is_missing_is_an_error_before_anything_is_made()
    {
        host.Make("dev0");
        Bundle bundle = Moving("dev0", null);
        ((JsonObject)bundle.Linux["netDevices"]!)["nosuch0"] = new JsonObject();
        bundle.Config["hooks"] =
            JsonNode.Parse($$"""{ "poststop": [{ "path": "/bin/touch", "args": ["touch", "{{runtime.Work}}/made"] }] }""");
        host.RunBundle(bundle).ExpectError("pointer=/linux/netDevices/nosuch0").ExpectError("there is no network device nosuch0");
        Assert.That(host.Say("link show dev0"), Is.Not.Empty);
        Assert.That(File.Exists(Path.Combine(runtime.Work, "made")), Is.False);
    }

    [Must("netDevices.possible")]
    [Test]
    public void A_loopback_device_cannot_be_moved()
        => host.RunBundle(Moving("lo", "lo7")).ExpectError("pointer=/linux/netDevices/lo").ExpectError("a loopback device cannot leave");

    [Must("netDevices.possible")]
    [Test]
    public void A_device_that_the_kernel_does_not_let_go_is_an_error_and_those_before_it_are_back()
    {
        host.Make("dev0");
        if (runtime.Execute(host.Command("/usr/sbin/ip", "link", "add", "br0", "type", "bridge")).ExitCode != 0)
            Assert.Ignore("this kernel has no bridges, which are bound to their namespace");
        string before = Dressed();
        Bundle bundle = Moving("dev0", "eth0");
        ((JsonObject)bundle.Linux["netDevices"]!)["br0"] = new JsonObject();
        host.RunBundle(bundle).ExpectError("pointer=/linux/netDevices/br0").ExpectError("cannot move the network device");
        Assert.That(Settled(), Is.EqualTo(before));
    }

    // In a namespace that dies with the container, in one that stays, and in a container with users of its own.
    [TestCase(false, false)]
    [TestCase(true, false)]
    [TestCase(false, true)]
    public void A_create_that_fails_gives_the_device_back_as_it_was(bool joined, bool mapped)
    {
        host.Make("dev0");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        string before = Dressed(), inOther = other.Say("link show");
        Bundle bundle = Moving("dev0", "eth0");
        if (joined)
            bundle.InNamespace("network", other.Path);
        if (mapped)
            bundle.MapsUsers();
        bundle.Process["args"] = new JsonArray("nosuch");
        host.RunBundle(bundle).ExpectError("executable file not found");
        Assert.That(Settled(), Is.EqualTo(before));
        Assert.That(other.Say("link show"), Is.EqualTo(inOther));
    }

    [Test]
    public void Hooks_of_the_runtime_find_the_device_in_place_and_one_that_fails_gives_it_back()
    {
        host.Make("dev0");
        string before = Dressed(), seen = Path.Combine(runtime.Work, "seen"), hook = Path.Combine(runtime.Work, "hook");
        File.WriteAllText(hook, $"#!/bin/sh\npid=$(sed 's/.*\"pid\": *\\([0-9]*\\).*/\\1/')\n/usr/bin/nsenter --net=/proc/$pid/ns/net "
            + $"/usr/sbin/ip -o link show >{seen}\nexit 1\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ED);
        Bundle bundle = Moving("dev0", "eth0");
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = hook }) };
        host.RunBundle(bundle).ExpectError("createRuntime");
        Assert.That(File.ReadAllText(seen), Does.Contain("eth0@"));
        Assert.That(Settled(), Is.EqualTo(before));
    }

    /// <summary>Another container in the network namespace, here a hook, puts one end of a wire of its own in the device's place.</summary>
    [Test]
    public void What_a_neighbour_has_put_in_the_devices_place_does_not_get_to_the_host()
    {
        host.Make("dev0");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        Dressed();
        string hook = Path.Combine(runtime.Work, "hook");
        File.WriteAllText(hook, $"""
            #!/bin/sh
            ip="/usr/bin/nsenter --net={other.Path} /usr/sbin/ip"
            index=$($ip -o link show eth0 | cut -d: -f1)
            $ip link del eth0
            $ip link add name eth0 index $index type veth peer name evil
            exit 1

            """);
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ED);
        Bundle bundle = Moving("dev0", "eth0").InNamespace("network", other.Path);
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = hook }) };
        host.RunBundle(bundle).ExpectError("createRuntime");
        Assert.That(host.Say("-o link show"), Does.Not.Contain("dev0@"));
        Assert.That(other.Say("-o link show"), Does.Contain("eth0@evil").Or.Contain("evil@eth0"));
    }

    /// <summary>It leaves the bridge then, which the kernel tells in the same words as that a device has gone.</summary>
    [Test]
    public void A_device_that_a_neighbour_has_put_into_a_bridge_comes_back_all_the_same()
    {
        if (runtime.Execute(host.Command("/usr/sbin/ip", "tuntap", "add", "dev0", "mode", "tap")).ExitCode != 0)
            Assert.Ignore("this kernel has no tap devices");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        if (runtime.Execute(other.Command("/usr/sbin/ip", "link", "add", "br0", "type", "bridge")).ExitCode != 0)
            Assert.Ignore("this kernel has no bridges");
        string hook = Path.Combine(runtime.Work, "hook");
        File.WriteAllText(hook, $"#!/bin/sh\n/usr/bin/nsenter --net={other.Path} /usr/sbin/ip link set eth0 master br0\nexit 1\n");
        File.SetUnixFileMode(hook, (UnixFileMode)0x1ED);
        Bundle bundle = Moving("dev0", "eth0").InNamespace("network", other.Path);
        bundle.Config["hooks"] = new JsonObject { ["createRuntime"] = new JsonArray(new JsonObject { ["path"] = hook }) };
        host.RunBundle(bundle).ExpectError("createRuntime");
        Assert.That(host.Say("-o link show"), Does.Contain(" dev0: "));
        Assert.That(other.Say("-o link show"), Does.Not.Contain("eth0"));
    }

    [Must("netDevices.not-back")]
    [Must("netDevices.unmanaged")]
    [Test]
    public void Nothing_moves_it_back_at_the_end_and_what_the_container_made_of_it_stays()
    {
        host.Make("dev0");
        using NetworkNamespace other = NetworkNamespace.Create(runtime);
        string id = Runtime.NewId();
        int pid = host.StartContainer(id, Moving("dev0", "eth0").InNamespace("network", other.Path));
        other.Say("link set eth0 down mtu 999");
        runtime.Run("kill", id, "KILL").Expect(0);
        Runtime.WaitForEnd(pid);
        runtime.Run("delete", id).Expect(0);
        Assert.That(other.Say("-o link show eth0"), Does.Contain("mtu 999").And.Not.Contain(",UP"));
        Assert.That(host.Say("-o link show"), Does.Not.Contain("dev0@"));
    }

    [Test]
    public void The_runtimes_own_network_namespace_is_refused_by_path_too()
    {
        host.Make("dev0");
        host.RunBundle(Moving("dev0", "eth0").InNamespace("network", host.Path)).ExpectError("pointer=/linux/netDevices")
            .ExpectError("own network namespace");
        Assert.That(host.Say("link show dev0"), Is.Not.Empty);
    }

    [Test]
    public void Sysctls_of_the_device_by_its_new_name_can_be_set()
    {
        host.Make("dev0");
        Bundle bundle = Moving("dev0", "eth0").Says("cat /proc/sys/net/ipv4/conf/eth0/rp_filter");
        bundle.Linux["sysctl"] = new JsonObject { ["net.ipv4.conf.eth0.rp_filter"] = "2" };
        Assert.That(host.RunBundle(bundle).Expect(0).Output, Is.EqualTo("2\n"));
    }

    private Bundle Moving(string device, string? name)
    {
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        JsonObject entry = [];
        if (name is not null)
            entry["name"] = name;
        bundle.Linux["netDevices"] = new JsonObject { [device] = entry };
        return bundle;
    }

    /// <summary>dev0 with all that it can lose, and how that looks.</summary>
    private string Dressed()
    {
        host.Say("link set dev0 mtu 1300 address 02:00:00:00:00:77 up");
        host.Say("link set dev0-peer up");
        host.Say("addr add 10.5.0.1/24 dev dev0");
        host.Say("addr add 10.5.0.2/24 dev dev0");
        host.Say("addr add fd05::1/64 dev dev0 nodad");
        return Settled();
    }

    /// <summary>Once duplicate address detection is over.</summary>
    private string Settled()
    {
        Eventually.Holds(() => !host.Say("addr show dev dev0").Contains("tentative"), "duplicate address detection does not end");
        return host.Say("-o addr show dev dev0") + host.Say("-o link show dev dev0");
    }
}
