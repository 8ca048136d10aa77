using System;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>A destination given as a path on the host, below the rootfs, stands for the path inside the container, as in runc.</summary>
internal static class MountDestinations
{
    /// <param name="rootfs">Absolute and clean.</param>
    public static Mount[] Strip(Mount[] mounts, string rootfs)
    {
        if (rootfs.Length <= 1)
            return mounts;
        return Array.ConvertAll(mounts, mount =>
        {
            bool mayBeBelow = mount.Destination.StartsWith(rootfs, StringComparison.Ordinal);
            return mayBeBelow ? Strip(mount, rootfs) : mount;
        });
    }

    private static Mount Strip(Mount mount, string rootfs)
    {
        string clean = LexicalPath.Clean(mount.Destination);
        if (clean == rootfs)
            return mount with { Destination = "/" };
        return clean.StartsWith(rootfs + "/", StringComparison.Ordinal) ? mount with { Destination = clean[rootfs.Length..] } : mount;
    }
}
