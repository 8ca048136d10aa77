using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

internal sealed class UnknownPropertyTests
{
    /// <summary>Their keys are names, not properties.</summary>
    private static readonly string[] Maps = ["/annotations", "/linux/sysctl", "/linux/netDevices", "/linux/resources/rdma",
        "/linux/resources/unified"];

    [Test, Must("extensibility.unknown")]
    public void Runtimes_MUST_ignore_unknown_properties_wherever_they_stand()
    {
        foreach (string file in new[] { "bundles/docker-default.json", "bundles/cri-container.json",
            "schema/config/good/spec-example.json" })
        {
            string json = Encoding.UTF8.GetString(SampleFiles.Read(file));
            int objects = Objects(JsonNode.Parse(json)!, "").Count();
            Assert.That(objects, Is.GreaterThan(20));
            for (int i = 0; i < objects; i++)
            {
                JsonNode config = JsonNode.Parse(json)!;
                config["ociVersion"] = "1.3.0";
                JsonObject at = Objects(config, "").ElementAt(i);
                at.Insert(0, "x-unknown", JsonNode.Parse("""{ "type": 7, "path": [null, { "path": "" }] }"""));
                at.Add("unknown", null);
                ValidationContext ctx = new();
                Assert.That(() => ConfigRules.Check(ConfigReader.Read(Encoding.UTF8.GetBytes(config.ToJsonString())), ctx), Throws.Nothing,
                    at.GetPath());
                Assert.That(ctx.Warnings, Is.Empty);
            }
        }
    }

    private static IEnumerable<JsonObject> Objects(JsonNode node, string pointer)
    {
        if (node is JsonObject properties && !Maps.Contains(pointer))
            yield return properties;
        IEnumerable<(string, JsonNode?)> children = node switch
        {
            JsonObject o => o.Select(property => (property.Key, property.Value)),
            JsonArray a => a.Select((item, i) => ($"{i}", item)),
            _ => [],
        };
        foreach ((string key, JsonNode? child) in children)
            if (child is not null)
                foreach (JsonObject inner in Objects(child, $"{pointer}/{key}"))
                    yield return inner;
    }
}
