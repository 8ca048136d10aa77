using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// config-linux.md#cgroups-path: absolute paths start at the mount point. Relative ones (and the container's id, when there is no path)
/// start at a place that depends only on where the runtime runs.
/// </summary>
internal static class CgroupPath
{
    /// <summary>The property that names the place, for messages.</summary>
    public const string Pointer = "/linux/cgroupsPath";

    /// <summary><see cref="In"/> for each hierarchy.</summary>
    public static string[] InEach(CgroupLayout layout, string? cgroupsPath, string id)
        => Array.ConvertAll(layout.Hierarchies, hierarchy => In(hierarchy, layout.Kind, cgroupsPath, id));

    /// <summary>
    /// The container's cgroup below the hierarchy's mount point, without a leading slash; never outside the mount point, never the mount
    /// point itself.
    /// </summary>
    public static string In(Hierarchy hierarchy, CgroupKind kind, string? cgroupsPath, string id)
    {
        string wanted = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        if (wanted.Contains('\0'))
            throw new ContainerException(ErrorCode.CgroupPath, "cgroupsPath contains a NUL character") { Pointer = Pointer };
        string clean = LexicalPath.Clean(wanted)[1..];
        if (clean.Length == 0)
            throw new ContainerException(ErrorCode.CgroupPath, $"cgroupsPath {wanted} does not name a cgroup of its own")
            {
                Pointer = Pointer,
            };
        if (wanted[0] == '/')
            return clean;
        string below = hierarchy.OwnBelowMount();
        // v2: a sibling of the runtime's own cgroup, which holds processes and so cannot give controllers to cgroups below it.
        if (kind == CgroupKind.V2)
            below = Parent(below);
        return below.Length == 0 ? clean : below + "/" + clean;
    }

    /// <summary>"" for a path of one component.</summary>
    public static string Parent(string clean)
    {
        int slash = clean.LastIndexOf('/');
        return slash < 0 ? "" : clean[..slash];
    }
}
