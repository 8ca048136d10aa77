using System;
using System.Numerics;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config-linux.md#memory-policy; set_mempolicy(2) would answer all of these with a bare EINVAL. The messages begin as runc's do.
/// </summary>
internal static class MemoryPolicyRules
{
    private const string Pointer = "/linux/memoryPolicy";

    private const string Balancing = "MPOL_F_NUMA_BALANCING", Relative = "MPOL_F_RELATIVE_NODES", Static = "MPOL_F_STATIC_NODES";

    private static readonly (string Mode, bool TakesNodes, bool NeedsNodes)[] Modes =
    [
        ("MPOL_DEFAULT", false, false),
        ("MPOL_BIND", true, true),
        ("MPOL_INTERLEAVE", true, true),
        ("MPOL_WEIGHTED_INTERLEAVE", true, true),
        ("MPOL_PREFERRED", true, false),
        ("MPOL_PREFERRED_MANY", true, true),
        ("MPOL_LOCAL", false, false),
    ];

    public static void Check(MemoryPolicy policy)
    {
        Rule.MustBeOneOf($"{Pointer}/mode", policy.Mode, KernelNames.MemoryPolicies, "invalid memory policy mode: ");
        for (int i = 0; i < policy.Flags.Length; i++)
            Rule.MustBeOneOf($"{Pointer}/flags/{i}", policy.Flags[i], KernelNames.MemoryPolicyFlags, "invalid memory policy flag: ");
        Rule.MustBeNumbers($"{Pointer}/nodes", policy.Nodes, KernelNames.MaxNodes, "invalid memory policy node: ");
        NodesMustFitTheMode(policy);
        FlagsMustFitTheMode(policy);
    }

    private static void NodesMustFitTheMode(MemoryPolicy policy)
    {
        (_, bool takesNodes, bool needsNodes) = Array.Find(Modes, row => row.Mode == policy.Mode);
        if (needsNodes && policy.Nodes is null)
            throw Rule.Broken($"{Pointer}/nodes", $"invalid memory policy: {policy.Mode} needs nodes");
        if (takesNodes || policy.Nodes is null)
            return;
        string wrong = $"{policy.Mode} mode requires 0 nodes but got {Count(policy.Nodes)}: nodes must not be set with it";
        throw Rule.Broken($"{Pointer}/nodes", $"invalid memory policy: {wrong}; got \"{policy.Nodes}\"");
    }

    private static int Count(string nodes)
    {
        int count = 0;
        foreach (byte mask in NumberList.TryParse(nodes, KernelNames.MaxNodes)!)
            count += BitOperations.PopCount(mask);
        return count;
    }

    private static void FlagsMustFitTheMode(MemoryPolicy policy)
    {
        for (int i = 0; i < policy.Flags.Length; i++)
        {
            string flag = policy.Flags[i], pointer = $"{Pointer}/flags/{i}";
            if (flag == Balancing && policy.Mode is not ("MPOL_BIND" or "MPOL_PREFERRED_MANY"))
                throw Rule.Broken(pointer,
                    $"invalid memory policy flag: {flag} is only for MPOL_BIND and MPOL_PREFERRED_MANY; the mode is {policy.Mode}");
            if (flag != Balancing && policy.Nodes is null && policy.Mode is not "MPOL_DEFAULT")
                throw Rule.Broken(pointer, $"invalid memory policy flag: {flag} defines how nodes are numbered, but there are none");
            if (flag == Relative && Array.IndexOf(policy.Flags, Static) >= 0)
                throw Rule.Broken(pointer, $"invalid memory policy flag: {Relative} and {Static} are mutually exclusive");
        }
    }
}
