using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// config-linux.md#cgroups-path: absolute paths count from the mount point, relative ones (and, when there is none, the
/// container's id) from a place that only depends on where the runtime runs.
/// </summary>
internal static class CgroupPath
{
    private const string Pointer = "/linux/cgroupsPath";

    /// <summary>By hierarchy, as <see cref="In"/> has it.</summary>
    internal static string[] InEach(CgroupLayout layout, string? cgroupsPath, string id)
        => Array.ConvertAll(layout.Hierarchies, hierarchy => In(hierarchy, layout.Kind, cgroupsPath, id));

    /// <summary>The container's cgroup below the hierarchy's mount point, without a leading slash; never leaves it, never is it.</summary>
    internal static string In(Hierarchy hierarchy, CgroupKind kind, string? cgroupsPath, string id)
    {
        string wanted = string.IsNullOrEmpty(cgroupsPath) ? id : cgroupsPath;
        if (wanted.Contains('\0'))
            throw new ContainerException("cgroupsPath contains a NUL") { Pointer = Pointer };
        string clean = Clean(wanted);
        if (clean.Length == 0)
            throw new ContainerException($"cgroupsPath {wanted} does not name a cgroup of its own") { Pointer = Pointer };
        if (wanted[0] == '/')
            return clean;
        string below = hierarchy.OwnBelowMount();
        // v2: beside us, because a cgroup that holds processes (ours) cannot give controllers to cgroups below it.
        if (kind == CgroupKind.V2)
            below = Parent(below);
        return below.Length == 0 ? clean : below + "/" + clean;
    }

    /// <summary>The path as seen from a root that .. cannot leave: no empty, . or .. component, no leading or trailing slash.</summary>
    internal static string Clean(string path)
    {
        List<string> components = [];
        foreach (string component in path.Split('/'))
            if (component == "..")
            {
                if (components.Count > 0)
                    components.RemoveAt(components.Count - 1);
            }
            else if (component.Length > 0 && component != ".")
                components.Add(component);
        return string.Join('/', components);
    }

    /// <summary>"" for a path of one component.</summary>
    internal static string Parent(string clean)
    {
        int slash = clean.LastIndexOf('/');
        return slash < 0 ? "" : clean[..slash];
    }
}
