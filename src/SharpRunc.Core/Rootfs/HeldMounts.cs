using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The mounts that contain masked and read-only paths. Such a path is looked up from the mount itself, not from the path that it was
/// mounted on: a process that can rename in the image during set-up could move a procfs away from its masks, and have it unmasked under
/// another name.
/// </summary>
internal sealed class HeldMounts(string[] maskedPaths, string[] readonlyPaths)
{
    private readonly List<(string Prefix, Tree Tree)> held = [];

    /// <summary>Takes ownership of an attached mount. Callers may not use it after this, unless it is <paramref name="shared"/>.</summary>
    public void Hold(string destination, Tree tree, bool shared = false)
    {
        string prefix = destination == "/" ? "/" : destination + "/";
        // It covers what is mounted there or below.
        held.RemoveAll(other => other.Prefix.StartsWith(prefix, StringComparison.Ordinal));
        if (IsAbove(prefix, maskedPaths) || IsAbove(prefix, readonlyPaths))
            held.Add((prefix, tree));
        else if (!shared)
            tree.Dispose();
    }

    /// <summary>Returns null if nothing is there (ENOENT). Any other error is thrown, or a mask would be left out.</summary>
    public Fd? Find(Root root, string path)
    {
        if (!path.Contains("/..", StringComparison.Ordinal))
            for (int i = held.Count - 1; i >= 0; i--)
                if (path.StartsWith(held[i].Prefix, StringComparison.Ordinal))
                {
                    (string prefix, Tree tree) = held[i];
                    ulong inMount = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
                    Fd? found = Sys.TryOpenAt2(tree.Fd, path[prefix.Length..], O_PATH, inMount, out SysError error);
                    if (found is not null || error.Errno == ENOENT)
                        return found;
                    if (error.Errno != EXDEV)
                        throw error.On(path).ToException();
                    break; // a link leads out of the mount
                }
        Fd? there = root.Find(path, out SysError refused);
        if (refused.Errno != ENOENT)
            refused.On(path).ThrowIfFailed();
        return there;
    }

    private static bool IsAbove(string prefix, string[] paths)
    {
        foreach (string path in paths)
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        return false;
    }
}
