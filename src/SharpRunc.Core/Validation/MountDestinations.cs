using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>A destination as seen from the host, below the root file system's own path, means what is there in the container, as runc has it.</summary>
internal static class MountDestinations
{
    /// <param name="rootfs">Absolute and clean.</param>
    public static void Strip(Mount[] mounts, string rootfs)
    {
        if (rootfs.Length <= 1)
            return;
        foreach (Mount mount in mounts)
            if (mount.Destination.StartsWith(rootfs, StringComparison.Ordinal) && MountRules.Clean(mount.Destination) is var clean
                && clean.StartsWith(rootfs, StringComparison.Ordinal) && (clean.Length == rootfs.Length || clean[rootfs.Length] == '/'))
                mount.Destination = clean.Length == rootfs.Length ? "/" : clean[rootfs.Length..];
    }
}
