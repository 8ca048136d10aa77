using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Checking;

/// <summary>
/// What the specification calls deprecated or not recommended, and what takes its place, beside what create itself warns of.
/// </summary>
internal static class Deprecations
{
    private static readonly (string Pointer, Predicate<Config> IsUsed, string What)[] All =
    [
        ("/hooks/prestart", static config => config.Hooks.Prestart.Length > 0,
            "is deprecated: createRuntime runs in the same place, createContainer and startContainer nearer to the container"),
        ("/linux/resources/memory/kernelTCP", static config => config.Linux.Resources?.Memory?.KernelTcp is not (null or 0),
            "is not recommended: it exists on cgroup v1 alone, and memory.limit counts these buffers where kernels can"),
        ("/linux/resources/blockIO/leafWeight", static config => config.Linux.Resources?.BlockIo?.LeafWeight is not (null or 0),
            "is of the scheduler CFQ, which Linux 5.0 has removed"),
    ];

    /// <summary>One line for each, as the rules' warnings are.</summary>
    public static List<string> Of(Config config)
    {
        List<string> found = [];
        foreach ((string pointer, Predicate<Config> isUsed, string what) in All)
            if (isUsed(config))
                found.Add($"{pointer}: {what}");
        return found;
    }
}
