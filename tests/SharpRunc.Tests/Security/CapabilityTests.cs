using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core.Plan;
using SharpRunc.Tests.Support;
using Capabilities = SharpRunc.Core.Spec.Capabilities;

namespace SharpRunc.Tests.Security;

/// <summary>config.md#linux-process: the five sets, planned and as the program has them.</summary>
internal sealed class CapabilityTests
{
    private const ulong Chown = 1, Kill = 1 << 5, NetRaw = 1 << 13;

    [Test]
    [Must("capabilities.warning")]
    public void Any_value_that_cannot_be_mapped_MUST_be_warned_about_and_is_left_out()
    {
        CapabilityPlan plan = CapabilityPlan.From(new Capabilities { Bounding = ["CAP_CHOWN", "CAP_FLY"], Permitted = ["CAP_CHOWN"] },
            CapabilityPlan.All);
        Assert.That(plan.Warnings, Has.Count.EqualTo(1));
        Assert.That(plan.Warnings[0],
            Is.EqualTo("/process/capabilities: cannot be granted and are omitted: CAP_FLY (bounding: unknown name)"));
        Assert.That(plan.BoundingDrop, Is.EqualTo(CapabilityPlan.All & ~Chown));
    }

    [Test]
    [Must("capabilities.warning")]
    public void What_cannot_be_granted_MUST_be_warned_about_and_is_left_out()
    {
        CapabilityPlan plan = CapabilityPlan.From(new Capabilities
        {
            Permitted = ["CAP_KILL", "CAP_CHOWN"],
            Effective = ["CAP_KILL", "CAP_CHOWN"],
            Ambient = ["CAP_CHOWN"]
        }, Chown);
        Assert.That(plan.Permitted, Is.EqualTo(Chown));
        Assert.That(plan.Effective, Is.EqualTo(Chown));
        Assert.That(plan.Ambient, Is.Zero);
        Assert.That(plan.Warnings, Is.EqualTo(new[]
        {
            "/process/capabilities: cannot be granted and are omitted: CAP_KILL (permitted: the runtime does not hold it); CAP_KILL (effective: it is not permitted); CAP_CHOWN (ambient: it is not both permitted and inheritable)",
        }));
    }

    [Test, Must("features.capabilities")]
    public void The_capabilities_that_are_announced_are_recognized()
    {
        JsonNode features = JsonNode.Parse(Core.Spec.FeaturesJson.Write("1", ""))!;
        string[] announced = [.. System.Array.ConvertAll([.. (JsonArray)features["linux"]!["capabilities"]!], name => (string)name!)];
        Assert.That(announced, Has.Length.EqualTo(41));
        foreach (string name in announced)
        {
            CapabilityPlan plan = CapabilityPlan.From(new Capabilities { Bounding = [name] }, CapabilityPlan.All);
            Assert.That(plan.Warnings, Is.Empty);
            Assert.That(System.Numerics.BitOperations.PopCount(CapabilityPlan.All & ~plan.BoundingDrop), Is.EqualTo(1), name);
        }
    }

    [Test]
    public void Without_the_object_nothing_is_left()
    {
        CapabilityPlan plan = CapabilityPlan.From(null, Chown);
        Assert.That(plan.BoundingDrop, Is.EqualTo(CapabilityPlan.All));
        Assert.That(plan.Permitted | plan.Effective | plan.Inheritable | plan.Ambient, Is.Zero);
    }

    [Test]
    public void The_program_has_the_sets_asked_for()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = With(runtime, ["CAP_CHOWN", "CAP_KILL"], ["CAP_CHOWN", "CAP_KILL"], []);
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(Sets(0, Chown | Kill, Chown | Kill, Chown | Kill, 0)));
    }

    [Test]
    public void Ambient_capabilities_reach_another_user()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = With(runtime, ["CAP_CHOWN", "CAP_NET_RAW"], ["CAP_CHOWN", "CAP_NET_RAW"], ["CAP_NET_RAW"]);
        bundle.Process["user"]!["uid"] = 1000;
        bundle.Process["capabilities"]!["inheritable"] = new JsonArray("CAP_NET_RAW");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(Sets(NetRaw, NetRaw, NetRaw, Chown | NetRaw, NetRaw)));
    }

    [Test]
    public void Another_user_without_ambient_ones_has_none()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = With(runtime, ["CAP_CHOWN"], ["CAP_CHOWN"], []);
        bundle.Process["user"]!["uid"] = 1000;
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(Sets(0, 0, 0, Chown, 0)));
    }

    [Test]
    [Must("capabilities.warning"), Must("warnings.go-on")]
    public void An_unknown_capability_is_a_warning_and_the_program_runs()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = With(runtime, ["CAP_CHOWN", "CAP_FLY"], ["CAP_CHOWN"], []);
        Result result = runtime.RunBundleLogged(bundle).Expect(0);
        Assert.That(result.Errors, Does.Contain("level=warning").And.Contain("CAP_FLY"));
        Assert.That(result.Output, Is.EqualTo(Sets(0, Chown, Chown, Chown, 0)));
    }

    [Test]
    public void Without_the_object_the_program_has_none()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = With(runtime, [], [], []);
        bundle.Process.Remove("capabilities");
        Assert.That(runtime.RunBundle(bundle).Expect(0).Output, Is.EqualTo(Sets(0, 0, 0, 0, 0)));
    }

    private static Bundle With(Runtime runtime, string[] bounding, string[] permitted, string[] ambient)
    {
        Bundle bundle = runtime.NewBundle("grep", "^Cap", "/proc/self/status");
        bundle.Process["capabilities"] = new JsonObject
        {
            ["bounding"] = Array(bounding),
            ["permitted"] = Array(permitted),
            ["effective"] = Array(permitted),
            ["ambient"] = Array(ambient),
        };
        return bundle;
    }

    private static JsonArray Array(string[] names) => new([.. System.Array.ConvertAll<string, JsonNode>(names, n => n)]);

    private static string Sets(ulong inheritable, ulong permitted, ulong effective, ulong bounding, ulong ambient)
        => $"CapInh:\t{inheritable:x16}\nCapPrm:\t{permitted:x16}\nCapEff:\t{effective:x16}\nCapBnd:\t{bounding:x16}\nCapAmb:\t{ambient:x16}\n";
}
