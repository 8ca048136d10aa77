using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// Which cgroup a process is in, and whether that is within the container. If the kernel gives no answer, it is not taken for a yes.
/// </summary>
/// <param name="text">
/// The content of /proc/PID/cgroup: lines are <c>hierarchy-ID:controllers:path</c> (cgroups(7)).
/// </param>
internal readonly struct Membership(string text)
{
    /// <exception cref="ContainerException">The kernel does not say.</exception>
    public static Membership Read(int pid)
    {
        try
        {
            return new(Sys.ReadText(Fd.Cwd, $"/proc/{pid}/cgroup"));
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.CgroupJoin, e, "cannot determine the process's cgroup");
        }
    }

    /// <summary>The cgroup's name in a hierarchy; empty if that hierarchy has no line.</summary>
    /// <param name="key">The hierarchy's controllers joined by commas; "" for the unified one.</param>
    public ReadOnlySpan<char> NameIn(string key)
    {
        ReadOnlySpan<char> all = text;
        foreach (Range part in all.Split('\n'))
        {
            ReadOnlySpan<char> line = all[part];
            line = line[(line.IndexOf(':') + 1)..];
            if (line.Length > key.Length && line[key.Length] == ':' && line.StartsWith(key, StringComparison.Ordinal))
                return line[(key.Length + 1)..];
        }
        return [];
    }

    /// <summary>The path below the directory: "" for the directory itself; null if the process is elsewhere.</summary>
    public string? FindBelow(CgroupDirectory directory)
    {
        ReadOnlySpan<char> name = NameIn(directory.Key);
        if (directory.Name is { } recorded && Below(recorded, name) is { } below)
            return below;
        // The name is not known, or was recorded in another cgroup namespace.
        return CurrentName(directory) is { } now ? Below(now, name) : null;
    }

    /// <summary>
    /// Matches a prefix from the hierarchy's root, ending at a component boundary: the same name further down is another cgroup.
    /// </summary>
    public static string? Below(string top, ReadOnlySpan<char> name)
    {
        if (top.Length == 0 || name.IsEmpty || !name.StartsWith(top, StringComparison.Ordinal))
            return null;
        if (name.Length == top.Length)
            return "";
        return name[top.Length] == '/' ? name[(top.Length + 1)..].ToString() : null;
    }

    private static string? CurrentName(CgroupDirectory directory)
    {
        foreach (Hierarchy hierarchy in CgroupLayout.Detect().Hierarchies)
            if (hierarchy.Key == directory.Key && directory.Path.StartsWith(hierarchy.MountPoint + "/", StringComparison.Ordinal))
                return hierarchy.NameOf(directory.Path[(hierarchy.MountPoint.Length + 1)..]);
        return null;
    }
}
