using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The container's cgroup: one directory in each hierarchy, which this class finds, creates and holds. What can be done with it is in a
/// type of its own for each purpose.
/// </summary>
internal sealed class Cgroup : IDisposable
{
    private CgroupDirectory[] directories;

    private Cgroup(CgroupDirectory[] directories, bool isPartial = false) => (this.directories, IsPartial) = (directories, isPartial);

    public Admission Admission => new(this);

    public Freezer Freezer => new(this);

    public Limits Limits => new(this);

    public MemoryEvents MemoryEvents => new(this);

    public Processes Processes => new(this);

    /// <summary>The unified one, if any, comes last.</summary>
    public ReadOnlySpan<CgroupDirectory> Directories => directories;

    /// <summary>Controllers joined by commas ("" for the unified hierarchy), with the directory's absolute path.</summary>
    public KeyValuePair<string, string>[] Paths => Array.ConvertAll(directories, d => new KeyValuePair<string, string>(d.Key, d.Path));

    /// <summary>The names that /proc/PID/cgroup uses, in the order of <see cref="Paths"/>.</summary>
    public string[] Names => Array.ConvertAll(directories, static directory => directory.Name!);

    /// <summary>Whether directories that the runtime may not create are left out.</summary>
    public bool IsPartial { get; }

    public CgroupDirectory? UnifiedDirectory => directories.Length > 0 && directories[^1].IsUnified ? directories[^1] : null;

    /// <summary>The directory for CLONE_INTO_CGROUP, owned by this object; null where there is no unified hierarchy.</summary>
    public Fd? Unified => UnifiedDirectory?.Open();

    public bool HasUnified => UnifiedDirectory is not null;

    /// <summary>Whether the unified hierarchy is the only one.</summary>
    public bool IsV2 => HasUnified && directories.Length == 1;

    /// <summary>The directory in the v1 controller's hierarchy; null if it has none.</summary>
    public CgroupDirectory? Find(string controller)
    {
        foreach (CgroupDirectory directory in directories)
            if (directory.Has(controller))
                return directory;
        return null;
    }

    /// <summary>Whether the error is a lack of permission, as opposed to an invalid request.</summary>
    public static bool IsLackOfPermission(int errno) => errno is EACCES or EPERM or EROFS;

    /// <summary>Determines its location and checks that it is unused: what delete will clean up must be the container's own.</summary>
    /// <param name="places">A cleaned path below the mount point for each hierarchy.</param>
    /// <returns>The same as <see cref="Paths"/>.</returns>
    public static KeyValuePair<string, string>[] Reserve(CgroupLayout layout, string[] places)
    {
        KeyValuePair<string, string>[] paths = PathsOf(layout, places);
        using Cgroup there = Open(paths);
        try
        {
            there.RequireUnused();
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.CgroupMake, e, "cannot inspect the container's cgroup", CgroupPath.Pointer);
        }
        return paths;
    }

    /// <summary>The same as <see cref="Paths"/>, whether the directories exist or not.</summary>
    /// <param name="places">As for <see cref="Reserve"/>.</param>
    public static KeyValuePair<string, string>[] PathsOf(CgroupLayout layout, string[] places)
    {
        KeyValuePair<string, string>[] paths = new KeyValuePair<string, string>[places.Length];
        for (int i = 0; i < places.Length; i++)
            paths[i] = new(layout.Hierarchies[i].Key, $"{layout.Hierarchies[i].MountPoint}/{places[i]}");
        return paths;
    }

    /// <summary>
    /// Creates it in every hierarchy, ready to be joined. A failure removes what was created, the cgroups above included. A later
    /// <see cref="Remove"/> from another process (delete) leaves those above, because the engine's next container uses them again.
    /// </summary>
    /// <param name="places">As for <see cref="Reserve"/>.</param>
    /// <param name="isOccupied">systemd has created it and moved the container's process into it.</param>
    /// <param name="mayLack">Hierarchies without write access are left out; a limit that needs one of them is an error.</param>
    /// <exception cref="ContainerException">It holds a process, it is frozen, or the path or the kernel refuses.</exception>
    public static Cgroup Make(CgroupLayout layout, string[] places, bool isOccupied = false, bool mayLack = false)
    {
        List<CgroupDirectory> made = new(layout.Hierarchies.Length);
        try
        {
            for (int i = 0; i < places.Length; i++)
                try
                {
                    made.Add(CgroupDirectory.Make(layout.Hierarchies[i], layout.Kind, places[i], isOccupied));
                }
                catch (SysException e) when (mayLack && IsLackOfPermission(e.Errno))
                {
                    // The container stays where the runtime is.
                }
            Cgroup cgroup = new([.. made], isPartial: mayLack);
            cgroup.RequireUnused(isOccupied);
            if (!isOccupied)
                cgroup.RequireAdmission();
            return cgroup;
        }
        catch (Exception e)
        {
            foreach (CgroupDirectory directory in made)
            {
                directory.RollBack();
                directory.Dispose();
            }
            if (e is SysException refused)
                throw ContainerException.From(ErrorCode.CgroupMake, refused, "cannot create the container's cgroup", CgroupPath.Pointer);
            throw;
        }
    }

    /// <summary>
    /// config-linux.md#cgroups-path: a runtime may refuse a cgroup that has processes or is frozen. This one does: limits would hit
    /// unrelated processes, and a child frozen on arrival would hang the create for ever (also when only a parent is frozen). A cgroup
    /// without write access is refused only when it is to be created.
    /// </summary>
    /// <exception cref="ContainerException">It holds a process, or it is frozen. A cgroup that does not exist is unused.</exception>
    /// <param name="isOccupied">Whether the container's own process is in it.</param>
    private void RequireUnused(bool isOccupied = false)
    {
        foreach (CgroupDirectory directory in directories)
        {
            int count = isOccupied || directory.IsNew ? 0 : Processes.ListIn(directory).Count;
            if (count > 0 && directory.IsOurs())
                throw new ContainerException(
                    ErrorCode.CgroupNotEmpty, $"container's cgroup is not empty: {count} process(es) found in {directory.Path}")
                {
                    Pointer = CgroupPath.Pointer,
                    Hint = "see its cgroup.procs, or choose another cgroupsPath",
                };
        }
        if (Freezer.IsFrozen() && Freezer.Directory is { } freezer && freezer.IsOurs())
            throw new ContainerException(ErrorCode.CgroupFrozen, $"container's cgroup unexpectedly frozen: {freezer.Path}")
            {
                Pointer = CgroupPath.Pointer,
            };
    }

    /// <summary>One that was found may have been set up so that it takes no process.</summary>
    private void RequireAdmission()
    {
        if (UnifiedDirectory is { IsNew: false } && Admission.ReasonForRefusal() is { } why)
            throw new ContainerException(ErrorCode.CgroupNoProcesses, $"the container's cgroup cannot contain processes: {why}")
            {
                Pointer = CgroupPath.Pointer,
                Hint = "choose another cgroupsPath, or one below it",
            };
    }

    /// <summary>The cgroup of an existing container, which may be gone; nothing is opened before it is needed.</summary>
    /// <param name="paths">The value of <see cref="Paths"/>.</param>
    /// <param name="names">The value of <see cref="Names"/>; without it <see cref="Membership"/> looks up the mounts.</param>
    public static Cgroup Open(KeyValuePair<string, string>[] paths, string[]? names = null)
    {
        CgroupDirectory[] directories = new CgroupDirectory[paths.Length];
        for (int i = 0; i < paths.Length; i++)
            directories[i] = new CgroupDirectory(paths[i].Key, paths[i].Value, names?.Length == paths.Length ? names[i] : null);
        return new Cgroup(directories);
    }

    /// <summary>Drops the unified hierarchy when the container cannot be cloned into it: there it stays in the runtime's cgroup.</summary>
    public void LeaveUnified()
    {
        using CgroupDirectory unified = UnifiedDirectory!;
        unified.RollBack();
        directories = directories[..^1];
    }

    /// <summary>For a directory that is gone.</summary>
    public void Replace(CgroupDirectory gone, CgroupDirectory by)
    {
        directories[Array.IndexOf(directories, gone)] = by;
        gone.Dispose();
    }

    /// <summary>In every hierarchy, as <see cref="Removal"/> says; it is no error if it is already gone.</summary>
    public void Remove() => Removal.Run(this);

    public void Dispose()
    {
        foreach (CgroupDirectory directory in directories)
            directory.Dispose();
    }
}
