using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>
/// Properties that are valid and read but that this release does not act on: a container that lacks what was asked for, perhaps its confinement,
/// is worse than none. A line goes when its property is applied.
/// </summary>
internal static class NotAppliedYet
{
    public static void Check(Config config)
    {
        Spec.Linux linux = config.Linux;
        Refuse(
        [
            ("/linux/resources/memory/kernel", linux.Resources?.Memory?.Kernel > 0, "no kernel limits its own memory since Linux 5.16: use memory.limit, which counts it"),
        ]);
    }

    private static void Refuse(ReadOnlySpan<(string Property, bool Used, string Text)> table)
    {
        foreach ((string property, bool used, string text) in table)
            if (used)
                throw Rule.Broken(property, text);
    }
}
