using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.State;

/// <summary>What create keeps of config.json for later commands: all but the rules of seccomp, which it keeps compiled.</summary>
internal sealed class StoredConfigTests
{
    private const string Seccomp =
        """{ "syscalls": [{ "names": ["mkdir"], "action": "SCMP_ACT_ERRNO", "errnoRet": 28 }], "defaultAction": "SCMP_ACT_ALLOW" }""";

    /// <summary>Containers of earlier versions have the rules.</summary>
    [Test]
    public void The_filter_applies_to_an_exec_whether_the_rules_are_stored_or_not([Values] bool stored)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["seccomp"] = JsonNode.Parse(Seccomp);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        string kept = Path.Combine(runtime.Root, id, "config.json");
        JsonNode expected = JsonNode.Parse(File.ReadAllText(bundle.ConfigFile))!;
        expected["linux"]!["seccomp"]!["syscalls"] = new JsonArray();
        Assert.That(JsonNode.DeepEquals(JsonNode.Parse(File.ReadAllText(kept)), expected), File.ReadAllText(kept));
        if (stored)
            File.Copy(bundle.ConfigFile, kept, overwrite: true);
        Assert.That(runtime.Run("exec", id, "mkdir", "/tmp/new").Expect(1).Errors, Does.Contain("No space left on device"));
    }

    [TestCase("""{ "defaultAction": "SCMP_ACT_ALLOW" }""")]
    [TestCase("""{ "defaultAction": "SCMP_ACT_ALLOW", "syscalls": null }""")]
    [TestCase("{ }")]
    public void A_profile_without_rules_is_stored_as_it_is(string seccomp)
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["seccomp"] = JsonNode.Parse(seccomp);
        string id = Runtime.NewId();
        runtime.StartContainer(id, bundle.Write());
        Assert.That(File.ReadAllBytes(Path.Combine(runtime.Root, id, "config.json")), Is.EqualTo(File.ReadAllBytes(bundle.ConfigFile)));
        runtime.Run("exec", id, "true").Expect(0);
    }
}
