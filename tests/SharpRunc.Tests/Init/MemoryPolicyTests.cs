using System.IO;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Init;

/// <summary>
/// config-linux.md#memory-policy: /proc/PID/numa_maps tells, for each piece of memory, what the kernel holds for the process.
/// </summary>
internal sealed class MemoryPolicyTests
{
    private const string Maps = "/proc/self/numa_maps";

    // The policy in the config, and in the kernel's words. Every machine has node 0.
    [TestCase("""{ "mode": "MPOL_DEFAULT" }""", "default")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0" }""", "bind:0")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0-3,7" }""", "bind:0")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES"] }""", "bind=static:0")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_RELATIVE_NODES"] }""", "bind=relative:0")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"] }""", "bind")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_NUMA_BALANCING"] }""", "bind=static")]
    [TestCase("""{ "mode": "MPOL_INTERLEAVE", "nodes": "0" }""", "interleave:0")]
    [TestCase("""{ "mode": "MPOL_WEIGHTED_INTERLEAVE", "nodes": "0" }""", "weighted interleave:0")]
    [TestCase("""{ "mode": "MPOL_PREFERRED", "nodes": "0" }""", "prefer:0")]
    [TestCase("""{ "mode": "MPOL_PREFERRED" }""", "local")]
    [TestCase("""{ "mode": "MPOL_PREFERRED_MANY", "nodes": "0" }""", "prefer (many):0")]
    [TestCase("""{ "mode": "MPOL_LOCAL" }""", "local")]
    public void The_memory_policy_is_the_configs_for_the_program_and_for_those_that_exec_adds(string policy, string expected)
    {
        RequireNodes();
        if (expected.StartsWith("weighted", System.StringComparison.Ordinal)
            && !Directory.Exists("/sys/kernel/mm/mempolicy/weighted_interleave"))
            Assert.Ignore("this kernel has no weighted interleaving (6.9)");
        using Runtime runtime = Runtime.Create();
        string id = Runtime.NewId();
        Bundle bundle = runtime.NewBundle("sleep", "1000");
        bundle.Linux["memoryPolicy"] = JsonNode.Parse(policy);
        int pid = runtime.StartContainer(id, bundle);
        Assert.Multiple(() =>
        {
            Assert.That(File.ReadLines($"/proc/{pid}/numa_maps"), Has.Some.Contains($" {expected}"));
            Assert.That(runtime.Run("exec", id, "cat", Maps).Expect(0).Output, Does.Contain($" {expected}"));
        });
    }

    [Test]
    public void Without_one_the_policy_is_the_callers()
    {
        RequireNodes();
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.RunBundle(runtime.NewBundle("cat", Maps)).Expect(0).Output, Does.Contain(" default ").And.Not.Contain(" bind"));
    }

    [Test]
    public void Nodes_that_the_machine_does_not_have_are_an_error_of_their_property()
    {
        RequireNodes();
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("true");
        bundle.Linux["memoryPolicy"] = JsonNode.Parse("""{ "mode": "MPOL_BIND", "nodes": "1000-1023" }""");
        runtime.RunBundle(bundle).ExpectError("pointer=/linux/memoryPolicy").ExpectError("cannot set the memory policy");
    }

    private static void RequireNodes()
    {
        if (!File.Exists(Maps))
            Assert.Ignore("this kernel has no NUMA policies");
    }
}
