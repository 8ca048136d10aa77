using System.Collections.Generic;
using System.Text;
using NUnit.Framework;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Spec;

internal sealed class ResourcesJsonTests
{
    private const string Everything = """
        {"memory":{"limit":1,"reservation":2,"swap":-1,"kernel":3,"kernelTCP":4,"swappiness":5,"disableOOMKiller":false,"useHierarchy":true,"checkBeforeUpdate":true},"cpu":{"shares":18446744073709551615,"quota":-1,"burst":2,"period":3,"realtimeRuntime":4,"realtimePeriod":5,"cpus":"0-3","mems":"0","idle":1},"pids":{"limit":0},"blockIO":{"weight":10,"leafWeight":20,"weightDevice":[{"major":8,"minor":0,"weight":500,"leafWeight":300}],"throttleReadBpsDevice":[{"major":8,"minor":1,"rate":100}],"throttleWriteBpsDevice":[{"major":8,"minor":2,"rate":200}],"throttleReadIOPSDevice":[{"major":8,"minor":3,"rate":300}],"throttleWriteIOPSDevice":[{"major":8,"minor":4,"rate":400}]},"hugepageLimits":[{"pageSize":"2MB","limit":9223372036854775808}],"network":{"classID":1048577,"priorities":[{"name":"eth0","priority":500}]},"rdma":{"mlx5_1":{"hcaHandles":3,"hcaObjects":10000}},"unified":{"memory.high":"1000","a\"b":"c\nd"}}
        """;

    private static string Again(string json)
        => Encoding.UTF8.GetString(ResourcesJson.Write(ConfigReader.ReadResources(Encoding.UTF8.GetBytes(json))).Span);

    [TestCase(Everything)]
    [TestCase("{}")]
    public void What_is_written_is_what_was_read(string json) => Assert.That(Again(json), Is.EqualTo(json));

    [Test]
    public void Devices_are_left_out()
        => Assert.That(Again("""{"devices":[{"allow":true,"access":"rwm"}],"pids":{"limit":3}}"""), Is.EqualTo("""{"pids":{"limit":3}}"""));

    [Test]
    public void No_property_of_the_records_is_forgotten()
    {
        string written = Again(Everything);
        foreach (System.Type type in new List<System.Type> { typeof(MemoryResources), typeof(CpuResources), typeof(PidsResources),
            typeof(BlockIoResources), typeof(NetworkResources), typeof(Resources) })
        {
            System.Reflection.PropertyInfo[] properties = type.GetProperties();
            Assert.That(properties, Is.Not.Empty);
            foreach (System.Reflection.PropertyInfo property in properties)
                if (property.Name != nameof(Resources.Devices))
                    Assert.That(written, Does.Contain('"' + property.Name + '"').IgnoreCase);
        }
    }
}
