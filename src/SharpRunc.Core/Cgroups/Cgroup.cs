using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>The container's cgroup: one directory in each hierarchy.</summary>
internal sealed partial class Cgroup : IDisposable
{
    private const string Pointer = "/linux/cgroupsPath";

    private readonly CgroupDirectory[] directories;

    private Cgroup(CgroupDirectory[] directories) => this.directories = directories;

    /// <summary>Where it will be, and a check that nobody is there: what delete is told to clean up must be the container's own.</summary>
    /// <returns>As <see cref="Paths"/>.</returns>
    internal static KeyValuePair<string, string>[] Reserve(CgroupLayout layout, string? cgroupsPath, string id)
    {
        KeyValuePair<string, string>[] paths = Array.ConvertAll(layout.Hierarchies, hierarchy => new KeyValuePair<string, string>(
            string.Join(',', hierarchy.Controllers), $"{hierarchy.MountPoint}/{CgroupPath.In(hierarchy, layout.Kind, cgroupsPath, id)}"));
        using Cgroup there = Open(paths);
        try
        {
            there.RequireUnused();
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "cannot look at the container's cgroup", Pointer);
        }
        return paths;
    }

    /// <summary>
    /// Makes it in every hierarchy, ready to be joined. A failure removes what was made, the cgroups above included; a later
    /// <see cref="Remove"/> from another process (delete) leaves those above, which the next container of the same engine uses again.
    /// </summary>
    /// <exception cref="ContainerException">Somebody is in it, it is frozen, or the path or the kernel refuses.</exception>
    internal static Cgroup Make(CgroupLayout layout, string? cgroupsPath, string id)
    {
        CgroupDirectory[] made = new CgroupDirectory[layout.Hierarchies.Length];
        int count = 0;
        try
        {
            foreach (Hierarchy hierarchy in layout.Hierarchies)
                made[count++] = CgroupDirectory.Make(hierarchy, layout.Kind, CgroupPath.In(hierarchy, layout.Kind, cgroupsPath, id));
            Cgroup cgroup = new(made);
            cgroup.RequireUnused();
            return cgroup;
        }
        catch (Exception e)
        {
            foreach (CgroupDirectory? directory in made)
            {
                directory?.Unmake();
                directory?.Dispose();
            }
            if (e is SysException refused)
                throw ContainerException.From(refused, "cannot make the container's cgroup", Pointer);
            throw;
        }
    }

    /// <summary>The cgroup of an existing container; nothing is opened before it is needed, and it may be gone.</summary>
    /// <param name="paths">As <see cref="Paths"/> gave them.</param>
    internal static Cgroup Open(KeyValuePair<string, string>[] paths)
    {
        CgroupDirectory[] directories = new CgroupDirectory[paths.Length];
        for (int i = 0; i < paths.Length; i++)
            directories[i] = new CgroupDirectory(paths[i].Key, paths[i].Value);
        return new Cgroup(directories);
    }

    /// <summary>Controllers joined by commas ("" for the unified hierarchy), and the directory's absolute path.</summary>
    internal KeyValuePair<string, string>[] Paths => Array.ConvertAll(directories, d => new KeyValuePair<string, string>(d.Key, d.Path));

    /// <summary>The directory for CLONE_INTO_CGROUP, still ours to close; null where there is no unified hierarchy.</summary>
    internal Fd? Unified => UnifiedDirectory?.Open();

    private CgroupDirectory? UnifiedDirectory => directories.Length > 0 && directories[^1].IsUnified ? directories[^1] : null;

    /// <summary>
    /// config-linux.md#cgroups-path: a runtime may refuse a cgroup that has processes or is frozen. We do: limits would hit
    /// strangers, and a child frozen on arrival would hang the create for ever (also when only a parent is frozen).
    /// </summary>
    /// <exception cref="ContainerException">Somebody is in it, or it is frozen. One that does not exist is unused.</exception>
    private void RequireUnused()
    {
        foreach (CgroupDirectory directory in directories)
            if (!directory.IsNew && Count(directory) is > 0 and var count)
                throw new ContainerException($"container's cgroup is not empty: {count} process(es) found")
                {
                    Pointer = Pointer,
                    Hint = $"see {directory.Path}/cgroup.procs, or give the container another cgroupsPath",
                };
        if (IsFrozen())
            throw new ContainerException("container's cgroup unexpectedly frozen") { Pointer = Pointer };
    }

    public void Dispose()
    {
        foreach (CgroupDirectory directory in directories)
            directory.Dispose();
    }
}
