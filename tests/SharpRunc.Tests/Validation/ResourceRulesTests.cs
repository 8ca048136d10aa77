using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

internal sealed class ResourceRulesTests
{
    private static void Check(string resources)
        => ResourceRules.Check(ConfigReader.ReadResources(Encoding.UTF8.GetBytes($"{{{resources}}}")), "", new ValidationContext());

    [TestCase("\"devices\":[{\"allow\":true,\"type\":\"c\"}]", "/devices/0/access")]
    [TestCase("\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"r\",\"major\":4096}]", "/devices/0/major")]
    [TestCase("\"devices\":[{\"allow\":true,\"type\":\"b\",\"access\":\"r\",\"major\":4294967295}]", "/devices/0/major")]
    [TestCase("\"devices\":[{\"allow\":false,\"type\":\"c\",\"access\":\"r\",\"major\":10,\"minor\":1048576}]", "/devices/0/minor")]
    [TestCase("\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"r\",\"minor\":4294967295}]", "/devices/0/minor")]
    [TestCase("\"blockIO\":{\"weightDevice\":[{\"major\":4096,\"minor\":0,\"weight\":10}]}", "/blockIO/weightDevice/0/major")]
    [TestCase("\"blockIO\":{\"throttleReadBpsDevice\":[{\"major\":8,\"minor\":1048576,\"rate\":1}]}",
        "/blockIO/throttleReadBpsDevice/0/minor")]
    [TestCase("\"blockIO\":{\"throttleWriteIOPSDevice\":[{\"major\":4096,\"minor\":0,\"rate\":1}]}",
        "/blockIO/throttleWriteIOPSDevice/0/major")]
    [TestCase("\"memory\":{\"limit\":-2}", "/memory/limit")]
    [TestCase("\"memory\":{\"swap\":-2}", "/memory/swap")]
    [TestCase("\"memory\":{\"kernelTCP\":-2}", "/memory/kernelTCP")]
    [TestCase("\"memory\":{\"swappiness\":101}", "/memory/swappiness")]
    [TestCase("\"cpu\":{\"quota\":10,\"burst\":11}", "/cpu/burst")]
    [TestCase("\"cpu\":{\"idle\":2}", "/cpu/idle")]
    [TestCase("\"cpu\":{\"cpus\":\"0-1;2\"}", "/cpu/cpus")]
    [TestCase("\"cpu\":{\"mems\":\"every\"}", "/cpu/mems")]
    [TestCase("\"pids\":{\"limit\":-2}", "/pids/limit")]
    [TestCase("\"blockIO\":{\"leafWeight\":1001}", "/blockIO/leafWeight")]
    [TestCase("\"blockIO\":{\"weightDevice\":[{\"major\":8,\"minor\":0}]}", "/blockIO/weightDevice/0")]
    [TestCase("\"hugepageLimits\":[{\"pageSize\":\"64kB\",\"limit\":1}]", "/hugepageLimits/0/pageSize")]
    [TestCase("\"hugepageLimits\":[{\"pageSize\":\"0MB\",\"limit\":1}]", "/hugepageLimits/0/pageSize")]
    [TestCase("\"hugepageLimits\":[{\"pageSize\":\"MB\",\"limit\":1}]", "/hugepageLimits/0/pageSize")]
    [TestCase("\"network\":{\"priorities\":[{\"name\":\"\",\"priority\":1}]}", "/network/priorities/0/name")]
    [TestCase("\"rdma\":{\"mlx\":{}}", "/rdma/mlx")]
    [TestCase("\"unified\":{\"../x\":\"1\"}", "/unified/..~1x")]
    [TestCase("\"unified\":{\"..\":\"1\"}", "/unified/..")]
    [Must("cpu.burst"), Must("blockIO.weight"), Must("rdma.limit"), Must("extensibility.invalid")]
    public void A_value_out_of_range_is_refused(string resources, string pointer)
        => Assert.That(Assert.Throws<ContainerException>(() => Check(resources))!.Pointer, Is.EqualTo(pointer));

    [TestCase("\"memory\":{\"limit\":-1,\"swap\":-1,\"swappiness\":100},\"pids\":{\"limit\":0},\"blockIO\":{\"weight\":0},\"cpu\":{\"shares\":0,\"quota\":-1,\"burst\":5}")]
    [TestCase("\"pids\":{\"limit\":-1},\"hugepageLimits\":[{\"pageSize\":\"16GB\",\"limit\":0}],\"unified\":{\"memory.high\":\"1\",\"x\":\"\"},\"rdma\":{\"m\":{\"hcaObjects\":0}}")]
    [TestCase("\"devices\":[{\"allow\":false},{\"allow\":true,\"type\":\"b\",\"access\":\"r\"}],\"cpu\":{\"cpus\":\"0-3,7\",\"mems\":\"\",\"idle\":1}")]
    public void Zero_and_minus_one_keep_their_meanings(string resources) => Assert.That(() => Check(resources), Throws.Nothing);

    [TestCase("\"devices\":[{\"allow\":true,\"type\":\"c\",\"access\":\"rwx\"}]", "/devices/0/access"),
        TestCase("\"memory\":{\"kernel\":1}", "/memory/kernel")]
    public void What_has_no_effect_and_everybody_takes_is_a_warning(string resources, string pointer)
    {
        ValidationContext ctx = new();
        ResourceRules.Check(ConfigReader.ReadResources(Encoding.UTF8.GetBytes($"{{{resources}}}")), "", ctx);
        Assert.That(ctx.Warnings, Has.Count.EqualTo(1).And.Some.StartsWith(pointer + ": "));
    }

    [TestCase("0-1:1/2"), TestCase("0,1,"), TestCase(",0"), TestCase("0 1"), TestCase("0-N"), TestCase("N"), TestCase("all"),
        TestCase("ALL:1/2"), TestCase("0-8191"), TestCase("3-3:0/1")]
    public void A_list_that_the_kernel_takes_is_one(string list)
        => Assert.That(() => Check($"\"cpu\":{{\"cpus\":\"{list}\"}}"), Throws.Nothing);

    [TestCase("0-1:2/1"), TestCase("0-1:1/0"), TestCase("0-1:1"), TestCase("1-0"), TestCase("-1"), TestCase("0-"), TestCase("0--1"),
        TestCase("+1"), TestCase("0x1"), TestCase("n"), TestCase("all-1"), TestCase("8192")]
    public void A_list_that_it_refuses_is_none(string list)
        => Assert.That(() => Check($"\"cpu\":{{\"cpus\":\"{list}\"}}"), Throws.TypeOf<ContainerException>());

    [Test]
    public void The_specifications_bad_huge_page_is_refused()
    {
        Config config = ConfigReader.Read(SampleFiles.Read("schema/config/bad/linux-hugepage.json"));
        Assert.That(Assert.Throws<ContainerException>(() => ConfigRules.Check(config, new ValidationContext()))!.Pointer,
            Is.EqualTo("/linux/resources/hugepageLimits/0/pageSize"));
    }
}
