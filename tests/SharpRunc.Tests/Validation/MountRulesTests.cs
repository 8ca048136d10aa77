using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

internal sealed class MountRulesTests
{
    private static Config With(Mount mount) => new()
    {
        OciVersion = "1.0.0",
        Root = new Root { Path = "r" },
        Mounts = [mount],
        Linux = new() { Namespaces = [new(NamespaceType.Mount, null)] },
    };

    private static string? Pointer(Mount mount)
        => Assert.Throws<ContainerException>(() => ConfigRules.Check(With(mount), new ValidationContext()))!.Pointer;

    [TestCase("/proc"), TestCase("/proc/"), TestCase("//proc"), TestCase("/tmp/../proc"), TestCase("proc"), TestCase("/../proc/."),
        TestCase("./proc")]
    public void Only_a_procfs_is_mounted_on_proc_however_it_is_spelled(string destination)
    {
        Assert.That(Pointer(new Mount { Destination = destination, Type = "tmpfs" }), Is.EqualTo("/mounts/0/destination"));
        Assert.That(() => ConfigRules.Check(With(new Mount { Destination = destination, Type = "proc" }), new ValidationContext()),
            Throws.Nothing);
    }

    [TestCase("/proc/self"), TestCase("/proc/sys/net"), TestCase("/proc/self/attr/exec"), TestCase("/proc//sysrq-trigger"),
        TestCase("/proc/cpuinfo/x"), TestCase("/x/../proc/1")]
    public void Nothing_is_mounted_below_proc(string destination)
    {
        Assert.That(Pointer(new Mount { Destination = destination, Source = "/x", Options = ["bind"] }),
            Is.EqualTo("/mounts/0/destination"));
        Assert.That(Pointer(new Mount { Destination = destination, Type = "proc" }), Is.EqualTo("/mounts/0/destination"));
    }

    [TestCase("cpuinfo"), TestCase("diskstats"), TestCase("meminfo"), TestCase("stat"), TestCase("swaps"), TestCase("uptime"),
        TestCase("loadavg"), TestCase("slabinfo")]
    [TestCase("sys/kernel/ns_last_pid"), TestCase("sys/crypto/fips_enabled")]
    public void But_for_the_files_that_lxcfs_replaces(string file)
        => Assert.That(
            () => ConfigRules.Check(With(new Mount { Destination = "/proc/" + file, Source = "/x", Options = ["bind"] }),
                new ValidationContext()), Throws.Nothing);

    [TestCase("/process"), TestCase("/procx/y"), TestCase("/sys"), TestCase("/a/proc"), TestCase("/")]
    public void Names_that_only_look_alike_are_free(string destination)
        => Assert.That(() => ConfigRules.Check(With(new Mount { Destination = destination, Type = "tmpfs" }), new ValidationContext()),
            Throws.Nothing);

    [Test]
    [Must("mounts.destination-absolute")]
    public void A_relative_destination_is_deprecated()
    {
        ValidationContext ctx = new();
        ConfigRules.Check(With(new Mount { Destination = "data", Type = "tmpfs" }), ctx);
        Assert.That(ctx.Warnings, Has.Count.EqualTo(1).And.Some.StartsWith("/mounts/0/destination"));
        Assert.That(Pointer(new Mount()), Is.EqualTo("/mounts/0/destination"));
    }

    [Test]
    public void A_bind_needs_a_source_and_options_for_a_file_system_are_warned_about()
    {
        Assert.That(Pointer(new Mount { Destination = "/x", Options = ["rbind"] }), Is.EqualTo("/mounts/0/source"));
        ValidationContext context = new();
        ConfigRules.Check(With(new Mount { Destination = "/x", Source = "/y", Options = ["rbind", "size=1", "mode=755"] }), context);
        Assert.That(context.Warnings,
            Is.EqualTo(new[] { "/mounts/0/options: a bind mount creates no file system, so these have no effect: size=1, mode=755" }));
    }

    [Test]
    [Must("mounts.gid-with-uid"), Must("mounts.uid-with-gid")]
    public void UidMappings_MUST_come_with_gidMappings()
    {
        IdMapping[] map = [new IdMapping(0, 1000, 10)];
        Assert.That(Pointer(new Mount { Destination = "/x", Type = "tmpfs", UidMappings = map }), Is.EqualTo("/mounts/0/gidMappings"));
        Assert.That(Pointer(new Mount { Destination = "/x", Type = "tmpfs", GidMappings = map }), Is.EqualTo("/mounts/0/uidMappings"));
        Assert.That(Pointer(new Mount { Destination = "/x", Type = "tmpfs", GidMappings = map, UidMappings = [new IdMapping(0, 0, 0)] }),
            Is.EqualTo("/mounts/0/uidMappings/0/size"));
    }
}
