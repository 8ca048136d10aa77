using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Lifecycle;

internal sealed class UpdatedResourcesTests
{
    private static Resources Read(string json) => ConfigReader.ReadResources(Encoding.UTF8.GetBytes(json));

    [TestCase("""{"memory":{"limit":1,"reservation":2,"swap":3}}""", """{"memory":{"limit":5}}""",
        """{"memory":{"limit":5,"reservation":2,"swap":3},"cpu":{},"blockIO":{}}""", TestName = "What is not asked for stays")]
    [TestCase("""{"memory":{"limit":1,"swap":3}}""", """{"memory":{"limit":-1}}""",
        """{"memory":{"limit":-1,"swap":0},"cpu":{},"blockIO":{}}""", TestName = "No limit on memory is none on swap")]
    [TestCase("""{"memory":{"limit":1,"swap":3}}""", """{"memory":{"limit":-1,"swap":9}}""",
        """{"memory":{"limit":-1,"swap":9},"cpu":{},"blockIO":{}}""", TestName = "Unless one is asked for")]
    [TestCase("""{"cpu":{"shares":5,"quota":10,"period":20}}""", """{"cpu":{"quota":30}}""",
        """{"memory":{},"cpu":{"shares":5,"quota":30,"period":20},"blockIO":{}}""", TestName = "Quota and period go together")]
    [TestCase("""{"cpu":{"quota":10,"period":20}}""", """{"cpu":{"quota":0,"period":0,"shares":7}}""",
        """{"memory":{},"cpu":{"shares":7,"quota":10,"period":20},"blockIO":{}}""", TestName = "Zero quota and period are not asked for")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"cpu":{"idle":1}}""", """{"memory":{},"cpu":{"shares":0,"idle":1},"blockIO":{}}""",
        TestName = "An idle group has no shares")]
    [TestCase("""{"cpu":{"cpus":"0","mems":"0","idle":0,"burst":3},"pids":{"limit":3},"unified":{"a.b":"c"}}""",
        """{"memory":{"limit":1}}""", """{"memory":{"limit":1},"cpu":{},"blockIO":{}}""",
        TestName = "Sets, idle, burst, pids and unified are forgotten")]
    [TestCase("""{"hugepageLimits":[{"pageSize":"2MB","limit":1},{"pageSize":"1GB","limit":2}]}""",
        """{"hugepageLimits":[{"pageSize":"2MB","limit":9}]}""",
        """{"memory":{},"cpu":{},"blockIO":{},"hugepageLimits":[{"pageSize":"1GB","limit":2},{"pageSize":"2MB","limit":9}]}""",
        TestName = "Page sizes are replaced one by one")]
    public void Asked_for(string stored, string asked, string after)
        => Assert.That(Encoding.UTF8.GetString(ResourcesJson.Write(UpdatedResources.Merge(Read(stored), Read(asked))).Span),
            Is.EqualTo(after));

    // What others have written since is what an update completes, and not what create was asked for.
    [TestCase("""{}""", """{"cpu":{"period":50000}}""", "0", "20000 100000", """{"quota":20000,"period":50000}""")]
    [TestCase("""{}""", """{"cpu":{"quota":30000}}""", "0", "20000 50000", """{"quota":30000,"period":50000}""")]
    [TestCase("""{"cpu":{"quota":10000}}""", """{"cpu":{"period":50000}}""", "0", "20000 100000", """{"quota":20000,"period":50000}""")]
    [TestCase("""{"cpu":{"quota":10000,"period":100000}}""", """{"memory":{"limit":1}}""", "0", "20000 50000",
        """{"quota":20000,"period":50000}""")]
    [TestCase("""{"cpu":{"quota":10000}}""", """{"cpu":{"quota":-1}}""", "0", "10000 100000", """{"quota":-1,"period":100000}""")]
    [TestCase("""{}""", """{"cpu":{"period":50000}}""", "0", "max 100000", """{"period":50000}""")]
    [TestCase("""{}""", """{"memory":{"limit":1}}""", "0", "20000 50000", """{}""")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"memory":{"limit":1}}""", "1", null, """{"shares":0}""")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"cpu":{"shares":7}}""", "1", null, """{"shares":7,"idle":0}""")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"cpu":{"shares":7,"idle":1}}""", "1", null, """{"shares":0,"idle":1}""")]
    [TestCase("""{}""", """{"cpu":{"shares":7,"idle":0}}""", "1", null, """{"shares":7,"idle":0}""")]
    [TestCase("""{}""", """{"unified":{"cpu.weight":"7"}}""", "1", null, """{"shares":0,"idle":0}""")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"memory":{"limit":1}}""", "0", null, """{"shares":5}""")]
    public void What_is_set_now_completes_what_is_asked_for(string stored, string asked, string idle, string? cpuMax, string cpu)
        => Assert.That(
            Encoding.UTF8.GetString(ResourcesJson.Write(
                UpdatedResources.Merge(Read(stored), Read(asked), Core.Cgroups.PresentCpu.Parse(idle + "\n", cpuMax))).Span),
            Does.Contain($"\"cpu\":{cpu}"));
}
