using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Containers;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Containers;

internal sealed class UpdatedResourcesTests
{
    private static Resources Read(string json) => ConfigReader.ReadResources(Encoding.UTF8.GetBytes(json));

    [TestCase("""{"memory":{"limit":1,"reservation":2,"swap":3}}""", """{"memory":{"limit":5}}""", """{"memory":{"limit":5,"reservation":2,"swap":3},"cpu":{},"blockIO":{}}""", TestName = "What is not asked for stays")]
    [TestCase("""{"memory":{"limit":1,"swap":3}}""", """{"memory":{"limit":-1}}""", """{"memory":{"limit":-1,"swap":0},"cpu":{},"blockIO":{}}""", TestName = "No limit on memory is none on swap")]
    [TestCase("""{"memory":{"limit":1,"swap":3}}""", """{"memory":{"limit":-1,"swap":9}}""", """{"memory":{"limit":-1,"swap":9},"cpu":{},"blockIO":{}}""", TestName = "Unless one is asked for")]
    [TestCase("""{"cpu":{"shares":5,"quota":10,"period":20}}""", """{"cpu":{"quota":30}}""", """{"memory":{},"cpu":{"shares":5,"quota":30,"period":20},"blockIO":{}}""", TestName = "Quota and period go together")]
    [TestCase("""{"cpu":{"quota":10,"period":20}}""", """{"cpu":{"quota":0,"period":0,"shares":7}}""", """{"memory":{},"cpu":{"shares":7,"quota":10,"period":20},"blockIO":{}}""", TestName = "Zero quota and period are not asked for")]
    [TestCase("""{"cpu":{"shares":5}}""", """{"cpu":{"idle":1}}""", """{"memory":{},"cpu":{"shares":0,"idle":1},"blockIO":{}}""", TestName = "An idle group has no shares")]
    [TestCase("""{"cpu":{"cpus":"0","mems":"0","idle":0,"burst":3},"pids":{"limit":3},"unified":{"a.b":"c"}}""", """{"memory":{"limit":1}}""", """{"memory":{"limit":1},"cpu":{},"blockIO":{}}""", TestName = "Sets, idle, burst, pids and unified are forgotten")]
    [TestCase("""{"hugepageLimits":[{"pageSize":"2MB","limit":1},{"pageSize":"1GB","limit":2}]}""", """{"hugepageLimits":[{"pageSize":"2MB","limit":9}]}""", """{"memory":{},"cpu":{},"blockIO":{},"hugepageLimits":[{"pageSize":"1GB","limit":2},{"pageSize":"2MB","limit":9}]}""", TestName = "Page sizes are replaced one by one")]
    public void Asked_for(string stored, string asked, string after)
        => Assert.That(Encoding.UTF8.GetString(ResourcesJson.Write(UpdatedResources.Of(Read(stored), Read(asked))).Span), Is.EqualTo(after));
}
