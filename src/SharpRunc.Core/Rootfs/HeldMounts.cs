using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// The mounts that masked and read-only paths lie below. Such a path is looked up from the mount itself, not by the name that it was mounted on: who
/// may rename in the image while it is set up could take a procfs out of the way of its masks, and have it whole under another name.
/// </summary>
internal sealed class HeldMounts(string[] maskedPaths, string[] readonlyPaths)
{
    private readonly List<(string Prefix, Tree Tree)> held = [];

    /// <summary>Takes an attached mount over. Nobody else may use it after this, unless it is <paramref name="shared"/>.</summary>
    public void Take(string destination, Tree tree, bool shared = false)
    {
        string prefix = destination == "/" ? "/" : destination + "/";
        // It covers what is mounted there or below.
        held.RemoveAll(other => other.Prefix.StartsWith(prefix, StringComparison.Ordinal));
        if (IsAbove(prefix, maskedPaths) || IsAbove(prefix, readonlyPaths))
            held.Add((prefix, tree));
        else if (!shared)
            tree.Dispose();
    }

    /// <summary>
    /// Masked and read-only paths without <c>.</c> and doubled or trailing slashes: <c>/proc/keys/</c> is the file /proc/keys, where the kernel
    /// would find nothing. What <c>..</c> means is for the kernel to say.
    /// </summary>
    public static string[] Tidy(string[] paths) => Array.TrueForAll(paths, IsTidy) ? paths : Array.ConvertAll(paths, Tidy);

    /// <summary>null when nothing is there (ENOENT); anything else that hinders throws, or a mask would be left out.</summary>
    public Fd? Find(Root root, string path)
    {
        if (!path.Contains("/..", StringComparison.Ordinal))
            for (int i = held.Count - 1; i >= 0; i--)
                if (path.StartsWith(held[i].Prefix, StringComparison.Ordinal))
                {
                    Fd? found = Sys.TryOpenAt2(held[i].Tree.Fd, path[held[i].Prefix.Length..], O_PATH, RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS, out int error);
                    if (found is not null || error == -ENOENT)
                        return found;
                    if (error != -EXDEV)
                        throw new SysException("openat2", path, -error);
                    break; // a link leads out of the mount
                }
        return root.Find(path, out int refused) ?? (refused == -ENOENT ? null : throw new SysException("openat2", path, -refused));
    }

    private static bool IsTidy(string path)
        => path == "/" || !path.EndsWith('/') && !path.EndsWith("/.", StringComparison.Ordinal)
            && !path.Contains("//", StringComparison.Ordinal) && !path.Contains("/./", StringComparison.Ordinal);

    private static string Tidy(string path)
    {
        string tidy = "";
        foreach (string part in path.Split('/'))
            if (part is not ("" or "."))
                tidy += "/" + part;
        return tidy.Length == 0 ? "/" : tidy;
    }

    private static bool IsAbove(string prefix, string[] paths)
    {
        foreach (string path in paths)
            if (path.StartsWith(prefix, StringComparison.Ordinal))
                return true;
        return false;
    }
}
