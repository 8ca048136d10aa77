using System.IO;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Rdt;

/// <summary>intel_rdt of events, from a directory that looks as resctrl does (kernel Documentation/filesystems/resctrl.rst).</summary>
internal sealed class RdtStatisticsTests
{
    private TemporaryDirectory tree = null!;

    [SetUp]
    public void Begin()
    {
        tree = new();
        Write("schemata", "    MB:0=100;1=100\n    L3:0=fffff;1=fffff\n");
        Write("box/schemata", "    MB:0= 20;1= 70\n    L3:0=007f0;1=0001f\n");
        Write("gold/schemata", "    MB:0= 50;1= 50\n    L3:0=000ff;1=000ff\n");
        Counters("mon_data", 0);
        Counters("box/mon_data", 100);
        Counters("gold/mon_data", 200);
        Counters("gold/mon_groups/box/mon_data", 300);
    }

    [TearDown]
    public void End() => tree.Dispose();

    [Test]
    public void All_that_runc_tells_of_the_containers_class()
    {
        Has("L3", "MB");
        Monitors("llc_occupancy", "mbm_total_bytes", "mbm_local_bytes");
        Is("{}", """
            {"l3_cache_info":{"cbm_mask":"fffff","min_cbm_bits":1,"num_closids":16},"l3_cache_schema_root":"L3:0=fffff;1=fffff","l3_cache_schema":"L3:0=007f0;1=0001f",
            "mem_bw_info":{"bandwidth_gran":10,"delay_linear":1,"min_bandwidth":10,"num_closids":8},"mem_bw_schema_root":"MB:0=100;1=100","mem_bw_schema":"MB:0= 20;1= 70",
            "schemata":["MB:0= 20;1= 70","L3:0=007f0;1=0001f"],
            "mbm_stats":[{"mbm_total_bytes":101,"mbm_local_bytes":102},{"mbm_total_bytes":111,"mbm_local_bytes":112}],"cmt_stats":[{"llc_occupancy":103},{"llc_occupancy":113}]}
            """);
    }

    [TestCase("""{ "closID": "gold" }""", "MB:0= 50;1= 50", 203)]
    [TestCase("""{ "closID": "gold", "enableMonitoring": true }""", "MB:0= 50;1= 50", 303)]
    [TestCase("""{ "closID": "/" }""", "MB:0=100;1=100", 3)]
    public void The_numbers_are_of_the_containers_monitoring_group_or_else_of_its_class(string rdt, string bandwidth, int occupancy)
    {
        Has("MB");
        Monitors("llc_occupancy");
        JsonNode read = Read(rdt);
        Assert.That(((string)read["mem_bw_schema"]!, (int)read["cmt_stats"]![0]!["llc_occupancy"]!),
            NUnit.Framework.Is.EqualTo((bandwidth, occupancy)));
    }

    [Test]
    public void What_the_kernel_does_not_have_is_left_out()
    {
        Is("{}", """{"schemata":["MB:0= 20;1= 70","L3:0=007f0;1=0001f"]}""");
        Monitors("mbm_total_bytes");
        File.WriteAllText(tree["box/mon_data/mon_L3_01/mbm_total_bytes"], "Unavailable\n");
        Is("{}",
            """{"schemata":["MB:0= 20;1= 70","L3:0=007f0;1=0001f"],"mbm_stats":[{"mbm_total_bytes":101,"mbm_local_bytes":102},{"mbm_total_bytes":0,"mbm_local_bytes":112}]}""");
        Directory.Delete(tree["box"], recursive: true);
        Directory.Delete(tree["info"], recursive: true);
        Is("{}", "{}");
    }

    [Test]
    public void Code_and_data_apart_are_neither_of_them_the_cache()
    {
        Has("L3CODE", "L3DATA");
        Write("box/schemata", "L3DATA:0=f\nL3CODE:0=f\n");
        Is("{}", """{"schemata":["L3DATA:0=f","L3CODE:0=f"]}""");
    }

    private JsonNode Read(string rdt)
    {
        IntelRdt asked = ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ "ociVersion": "1.3.0", "linux": { "intelRdt": {{rdt}} } }"""))
            .Linux.IntelRdt!;
        RdtStatistics statistics = new Resctrl(tree.Path).ReadStatistics(RdtPlan.From(asked, "box"));
        return JsonNode.Parse(EventJson.Stats("box", new Statistics(), statistics).Span)!["data"]!["intel_rdt"]!;
    }

    private void Is(string rdt, string expected)
        => Assert.That(Read(rdt).ToJsonString(), NUnit.Framework.Is.EqualTo(JsonNode.Parse(expected)!.ToJsonString()));

    private void Has(params string[] resources)
    {
        foreach (string resource in resources)
            foreach ((string file, string value) in resource == "MB"
                ? new[] { ("bandwidth_gran", "10"), ("delay_linear", "1"), ("min_bandwidth", "10"), ("num_closids", "8") }
                : new[] { ("cbm_mask", "fffff"), ("min_cbm_bits", "1"), ("num_closids", "16") })
                Write($"info/{resource}/{file}", value + "\n");
    }

    private void Monitors(params string[] features) => Write("info/L3_MON/mon_features", string.Join('\n', features) + "\n");

    /// <summary>Two caches, listed in whatever order, and what newer kernels have beside them.</summary>
    private void Counters(string directory, int from)
    {
        foreach ((string cache, int more) in new[] { ("mon_L3_01", 10), ("mon_L3_00", 0), ("mon_PERF_PKG_00", 50) })
            foreach ((string file, int number) in new[] { ("mbm_total_bytes", 1), ("mbm_local_bytes", 2), ("llc_occupancy", 3) })
                Write($"{directory}/{cache}/{file}", $"{from + more + number}\n");
    }

    private void Write(string file, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(tree[file])!);
        File.WriteAllText(tree[file], text);
    }
}
