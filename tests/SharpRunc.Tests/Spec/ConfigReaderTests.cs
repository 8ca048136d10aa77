using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

internal sealed class ConfigReaderTests
{
    private static Config Read(string json) => ConfigReader.Read(Encoding.UTF8.GetBytes(json));

    private static Config WithLinux(string json) => Read($$$"""{"ociVersion":"1.0.0","linux":{{{{json}}}}}""");

    private static ContainerException Refused(string json) => Assert.Throws<ContainerException>(() => Read(json))!;

    [TestCaseSource(typeof(SampleFiles), nameof(SampleFiles.Bundles))]
    public void What_engines_write_is_read(string file)
    {
        if (Path.GetFileName(file).Contains("process", StringComparison.Ordinal))
            Assert.That(ConfigReader.ReadProcess(SampleFiles.Read(file)).Args, Is.Not.Empty);
        else
            Assert.That(ConfigReader.Read(SampleFiles.Read(file)).Process!.Args, Is.Not.Empty);
    }

    [TestCaseSource(typeof(SampleFiles), nameof(SampleFiles.GoodConfigs))]
    public void The_specifications_good_examples_are_read(string file)
        => Assert.That(ConfigReader.Read(SampleFiles.Read(file)).OciVersion, Is.Not.Empty);

    [TestCase("invalid-json", "")]
    [TestCase("linux-netdevice", "/linux/netDevices/eth0/name")]
    [TestCase("linux-rdma", "/linux/resources/rdma/mlx5_1/hcaHandles")]
    public void The_specifications_bad_examples_are_refused(string name, string pointer)
        => Assert.That(Assert.Throws<ContainerException>(
            () => ConfigReader.Read(SampleFiles.Read($"schema/config/bad/{name}.json")))!.Pointer, Is.EqualTo(pointer));

    [Test]
    public void Docker_s_default_config_is_read_whole()
    {
        Config config = ConfigReader.Read(SampleFiles.Read("bundles/docker-default.json"));
        Assert.Multiple(() =>
        {
            Assert.That(config.OciVersion, Is.EqualTo("1.0.2-dev"));
            Assert.That(config.Root!.Path, Is.EqualTo("rootfs"));
            Assert.That(config.Root.Readonly, Is.False);
            Assert.That(config.Hostname, Is.EqualTo("510d6b0123fd"));
            Assert.That(config.Process!.Args, Is.EqualTo(new[] { "/bin/true" }));
            Assert.That(config.Process.Env, Has.Length.EqualTo(2));
            Assert.That(config.Process.User.AdditionalGids, Is.EqualTo(new uint[] { 0 }));
            Assert.That(config.Process.Capabilities!.Bounding, Has.Length.EqualTo(14).And.Contains("CAP_CHOWN"));
            Assert.That(config.Process.Capabilities.Inheritable, Is.Empty);
            Assert.That(config.Process.OomScoreAdj, Is.Zero);
            Assert.That(config.Mounts.Select(mount => mount.Destination), Is.EqualTo(new[]
            {
                "/proc", "/dev", "/dev/pts", "/sys", "/sys/fs/cgroup", "/dev/mqueue", "/dev/shm", "/etc/resolv.conf", "/etc/hostname",
                    "/etc/hosts",
            }));
            Assert.That(config.Mounts[2].Options, Does.Contain("ptmxmode=0666"));
            Assert.That(config.Linux.Sysctl[1], Is.EqualTo(KeyValuePair.Create("net.ipv4.ping_group_range", "0 2147483647")));
            Assert.That(config.Linux.CgroupsPath, Does.StartWith("/docker/"));
            Assert.That(config.Linux.Namespaces.Select(n => n.Type), Is.EqualTo(new[]
            {
                NamespaceType.Mount, NamespaceType.Network, NamespaceType.Uts, NamespaceType.Pid, NamespaceType.Ipc,
            }));
            Resources resources = config.Linux.Resources!;
            Assert.That(resources.Devices, Has.Length.EqualTo(8));
            Assert.That((resources.Devices[0].Allow, resources.Devices[0].Type, resources.Devices[0].Major),
                Is.EqualTo((false, 'a', (long?)null)));
            Assert.That((resources.Devices[1].Allow, resources.Devices[1].Type, resources.Devices[1].Minor),
                Is.EqualTo((true, 'c', (long?)5)));
            Assert.That(resources.Memory!.DisableOomKiller, Is.False);
            Assert.That(resources.Cpu!.Shares, Is.Zero);
            Assert.That(resources.BlockIo!.Weight, Is.Zero);
            Assert.That(config.Linux.Seccomp!.DefaultAction, Is.EqualTo("SCMP_ACT_ERRNO"));
            Assert.That(config.Linux.Seccomp.Architectures, Has.Length.EqualTo(3));
            Assert.That(config.Linux.Seccomp.Syscalls, Has.Length.GreaterThan(5));
            Assert.That(config.Linux.MaskedPaths, Is.Not.Empty);
        });
    }

    [Test]
    public void Every_property_of_the_specifications_example_arrives()
    {
        Config config = ConfigReader.Read(SampleFiles.Read("schema/config/good/spec-example.json"));
        SharpRunc.Core.Spec.Linux linux = config.Linux;
        Assert.Multiple(() =>
        {
            Assert.That(config.Domainname, Is.EqualTo("foobarbaz.test"));
            Assert.That(config.Process!.Terminal, Is.True);
            Assert.That(config.Process.NoNewPrivileges, Is.True);
            Assert.That(config.Process.Rlimits[1], Is.EqualTo(new Rlimit("RLIMIT_NOFILE", 1024, 1024)));
            Assert.That(config.Process.ApparmorProfile, Is.EqualTo("acme_secure_profile"));
            Assert.That(config.Process.Capabilities!.Ambient, Is.EqualTo(new[] { "CAP_NET_BIND_SERVICE" }));
            Assert.That(config.Hooks.Prestart[0].Args, Is.EqualTo(new[] { "fix-mounts", "arg1", "arg2" }));
            Assert.That(config.Hooks.Prestart[1].Args, Is.Null);
            Assert.That(config.Hooks.Poststart[0].Timeout, Is.EqualTo(5));
            Assert.That(config.Annotations[0], Is.EqualTo(KeyValuePair.Create("com.example.key1", "value1")));
            Assert.That(linux.Devices[0].FileMode, Is.EqualTo(438));
            Assert.That(linux.UidMappings[0], Is.EqualTo(new IdMapping(0, 1000, 32000)));
            Assert.That(linux.Resources!.Network!.ClassId, Is.EqualTo(1048577));
            Assert.That(linux.Resources.Network.Priorities[1], Is.EqualTo(new InterfacePriority("eth1", 1000)));
            Assert.That(linux.Resources.Pids!.Limit, Is.EqualTo(32771));
            Assert.That(linux.Resources.HugepageLimits[1], Is.EqualTo(new HugepageLimit("64KB", 1000000)));
            Assert.That(linux.Resources.Memory!.KernelTcp, Is.EqualTo(-1));
            Assert.That(linux.Resources.Cpu!.Burst, Is.EqualTo(1000000));
            Assert.That(linux.Resources.Cpu.Cpus, Is.EqualTo("2-3"));
            Assert.That(linux.Resources.BlockIo!.WeightDevice[1], Is.EqualTo(new WeightDevice(8, 16, 500, null)));
            Assert.That(linux.Resources.BlockIo.ThrottleWriteIopsDevice[0], Is.EqualTo(new ThrottleDevice(8, 16, 300)));
            Assert.That(linux.RootfsPropagation, Is.EqualTo("slave"));
            Assert.That(linux.TimeOffsets!.Boottime, Is.EqualTo(new TimeOffset(604800, 0)));
            Assert.That(linux.MountLabel, Does.StartWith("system_u"));
            Assert.That(linux.ReadonlyPaths, Has.Length.EqualTo(6));
        });
    }

    [Test]
    [Must("extensibility.invalid")]
    public void An_error_says_line_column_pointer_and_what_is_allowed()
    {
        ContainerException e = Refused("{\n  \"ociVersion\": \"1.0.0\",\n  \"linux\": {\n    \"namespaces\": [\n      {\"type\": "
            + "\"pid\"},\n      {\"type\": \"net\"}]}}");
        Assert.Multiple(() =>
        {
            Assert.That(e.Message, Is.EqualTo(
                "config.json:6:16: /linux/namespaces/1/type: expected one of pid, network, mount, ipc, uts, user, cgroup, time; got "
                + "\"net\""));
            Assert.That(e.Pointer, Is.EqualTo("/linux/namespaces/1/type"));
        });
    }

    [Test]
    public void A_pointer_escapes_tilde_and_slash()
        => Assert.That(Refused("""{"ociVersion":"1.0.0","annotations":{"a/b~c":1}}""").Pointer, Is.EqualTo("/annotations/a~1b~0c"));

    [Test]
    public void A_column_counts_characters_not_bytes()
        => Assert.That(Refused("""{"ociVersion":"é€𝄞","root":3}""").Message, Does.StartWith("config.json:1:28: /root: "));

    [Test]
    [Must("extensibility.unknown")]
    public void Unknown_properties_MUST_be_ignored()
    {
        Config config = Read(
            """{"ociVersion":"1.0.0","x":{"y":[1,null,{"z":"\u00e9"}]},"root":{"path":"r","new":true},"windows":{"layerFolders":[]}}""");
        Assert.That(config.Root!.Path, Is.EqualTo("r"));
    }

    [Test]
    public void Null_objects_and_arrays_are_absent()
    {
        Config config = Read("""
            {"ociVersion":"1.0.0","process":null,"root":null,"mounts":null,"hooks":null,"annotations":null,
             "linux":{"resources":null,"seccomp":null,"namespaces":null,"maskedPaths":null,"netDevices":null}}
            """);
        Assert.Multiple(() =>
        {
            Assert.That(config.Process, Is.Null);
            Assert.That(config.Root, Is.Null);
            Assert.That(config.Mounts, Is.Empty);
            Assert.That(config.Linux.Resources, Is.Null);
            Assert.That(config.Linux.Seccomp, Is.Null);
        });
    }

    [Test]
    public void An_empty_cgroupsPath_is_absent() => Assert.That(WithLinux("\"cgroupsPath\":\"\"").Linux.CgroupsPath, Is.Null);

    [TestCase("")]
    [TestCase(",\"major\":-1,\"minor\":-1")]
    public void Minus_one_and_absence_are_both_wildcards_in_a_device_rule(string numbers)
    {
        DeviceRule rule = ConfigReader.ReadResources(Encoding.UTF8.GetBytes($$"""{"devices":[{"allow":true{{numbers}}}]}""")).Devices[0];
        Assert.That((rule.Major, rule.Minor, rule.Type, rule.Access), Is.EqualTo(((long?)null, (long?)null, 'a', "")));
    }

    [Test]
    public void Escapes_in_names_and_values_are_understood()
    {
        Config config = Read("""{"ociV\u0065rsion":"1.\u0030.0","annotations":{"\u00e9\n":"\ud834\udd1e"}}""");
        Assert.That((config.OciVersion, config.Annotations[0].Key, config.Annotations[0].Value), Is.EqualTo(("1.0.0", "é\n", "𝄞")));
    }

    [Test]
    public void Ten_thousand_annotations_are_read_and_a_repeated_one_is_found()
    {
        string many = string.Join(',', Enumerable.Range(0, 10_000).Select(i => $"\"k{i}\":\"v\""));
        Assert.That(Read($$$"""{"ociVersion":"1.0.0","annotations":{{{{many}}}}}""").Annotations, Has.Length.EqualTo(10_000));
        Assert.That(Refused($$$"""{"ociVersion":"1.0.0","annotations":{{{{many}}},"k7777":"v"}}""").Pointer,
            Is.EqualTo("/annotations/k7777"));
    }

    [Test]
    public void Sixty_four_levels_are_read_and_sixty_five_are_not()
    {
        static string Nested(int depth) => $$"""{"ociVersion":"1.0.0","x":{{new string('[', depth - 1)}}{{new string(']', depth - 1)}}}""";
        Assert.That(Read(Nested(64)).OciVersion, Is.EqualTo("1.0.0"));
        Assert.That(Refused(Nested(65)).Message, Does.EndWith("nested deeper than 64 levels"));
    }

    [Test]
    public void More_than_16_MiB_is_not_read()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"ociVersion":"1.0.0"}""".PadRight((16 << 20) + 1));
        Assert.That(Assert.Throws<ContainerException>(() => ConfigReader.Read(json))!.Message, Does.Contain("16 MiB"));
        Assert.That(ConfigReader.Read(json.AsSpan()[..(16 << 20)]).OciVersion, Is.EqualTo("1.0.0"));
    }

    [Test]
    public void A_process_and_resources_are_read_alone()
    {
        Assert.That(ConfigReader.ReadProcess("""{"cwd":"/","args":["a"],"execCPUAffinity":{"initial":"0-1"}}"""u8).ExecCpuAffinity!.Initial,
            Is.EqualTo("0-1"));
        Assert.That(ConfigReader.ReadResources("""{"pids":{"limit":0},"unified":{"memory.high":"1"}}"""u8).Pids!.Limit, Is.Zero);
        Assert.That(Assert.Throws<ContainerException>(() => ConfigReader.ReadProcess("[]"u8))!.Message,
            Is.EqualTo("process.json:1:1: expected an object; got an array"));
    }
}
