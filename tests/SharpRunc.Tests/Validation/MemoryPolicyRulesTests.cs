using System.Text;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;

namespace SharpRunc.Tests.Validation;

/// <summary>set_mempolicy(2): which mode goes with which nodes and flags.</summary>
internal sealed class MemoryPolicyRulesTests
{
    [TestCase("""{ "mode": "MPOL_BIND" }""", "nodes", "needs nodes")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "" }""", "nodes", "needs nodes")]
    [TestCase("""{ "mode": "MPOL_INTERLEAVE" }""", "nodes", "needs nodes")]
    [TestCase("""{ "mode": "MPOL_WEIGHTED_INTERLEAVE" }""", "nodes", "needs nodes")]
    [TestCase("""{ "mode": "MPOL_PREFERRED_MANY" }""", "nodes", "needs nodes")]
    [TestCase("""{ "mode": "MPOL_DEFAULT", "nodes": "0" }""", "nodes", "must not be set")]
    [TestCase("""{ "mode": "MPOL_LOCAL", "nodes": "0" }""", "nodes", "must not be set")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "3-1" }""", "nodes", "0-3,7")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "," }""", "nodes", "0-3,7")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "-1" }""", "nodes", "0-3,7")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0x1" }""", "nodes", "0-3,7")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "1024" }""", "nodes", "below 1024")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "99999999999999999999" }""", "nodes", "below 1024")]
    [TestCase("""{ "mode": "MPOL_INTERLEAVE", "nodes": "0", "flags": ["MPOL_F_NUMA_BALANCING"] }""", "flags/0", "only for MPOL_BIND")]
    [TestCase("""{ "mode": "MPOL_LOCAL", "flags": ["MPOL_F_STATIC_NODES"] }""", "flags/0", "there are none")]
    [TestCase("""{ "mode": "MPOL_PREFERRED", "flags": ["MPOL_F_RELATIVE_NODES"] }""", "flags/0", "there are none")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_STATIC_NODES", "MPOL_F_RELATIVE_NODES"] }""", "flags/1",
        "are mutually exclusive")]
    [TestCase("""{ "mode": "MPOL_BIND", "nodes": "0", "flags": ["MPOL_F_MEMS_ALLOWED"] }""", "flags/0", "MPOL_F_STATIC_NODES")]
    [TestCase("""{ "mode": "bind", "nodes": "0" }""", "mode", "MPOL_BIND")]
    [TestCase("""{ "mode": "" }""", "mode", "MPOL_BIND")]
    [TestCase("""{ "mode": "MPOL_DEFAULT", "nodes": "0-7" }""", "nodes", "mode requires 0 nodes but got 8")]
    public void A_policy_that_the_kernel_would_not_take_is_refused(string policy, string property, string text)
    {
        ContainerException e = Assert.Throws<ContainerException>(() => MemoryPolicyRules.Check(Read(policy)))!;
        Assert.That((e.Pointer, e.Message), Is.EqualTo(($"/linux/memoryPolicy/{property}", e.Message)));
        Assert.That(e.Message, Does.Contain(text).And.Contain(": invalid memory policy"), "runc's words too");
    }

    [Test]
    public void The_mode_is_required()
        => Assert.That(Assert.Throws<ContainerException>(() => Read("""{ "nodes": "0" }"""))!.Message,
            Does.Contain("invalid memory policy mode: "));

    [TestCase("0", new byte[] { 1, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase("0-3,7", new byte[] { 0x8F, 0, 0, 0, 0, 0, 0, 0 })]
    [TestCase("1, 64-65", new byte[] { 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0 })]
    public void Nodes_are_a_list_with_dashes_for_ranges(string nodes, byte[] mask)
        => Assert.That(NumberList.TryParse(nodes, 1024), Is.EqualTo(mask));

    private static MemoryPolicy Read(string policy)
        => ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ "ociVersion": "1.3.0", "linux": { "memoryPolicy": {{policy}} } }"""))
        .Linux.MemoryPolicy!;
}
