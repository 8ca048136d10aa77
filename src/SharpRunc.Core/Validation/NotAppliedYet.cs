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
        for (int i = 0; i < config.Mounts.Length; i++)
            Check(config.Mounts[i], i);
    }

    private static void Check(Mount mount, int index)
    {
        MountOptions options = MountOptions.Parse(mount.Options);
        if (options.Symlinks)
            throw Rule.Broken($"/mounts/{index}/options", "copy-symlink, src-nofollow and dest-nofollow are not supported");
    }

    private static void Refuse(ReadOnlySpan<(string Property, bool Used, string Text)> table)
    {
        foreach ((string property, bool used, string text) in table)
            if (used)
                throw Rule.Broken(property, text);
    }
}
