using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A container's cgroup in one hierarchy. It is opened when first needed: most commands touch one or two out of ten.</summary>
internal sealed class CgroupDirectory(string key, string path, string? name = null) : IDisposable
{
    private static ulong Inside => RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
    private const uint Mode = Modes.O755;

    private Fd? handle;

    /// <summary>Controllers joined by commas; "" for the unified hierarchy.</summary>
    public string Key => key;

    /// <summary>Absolute.</summary>
    public string Path => path;

    /// <summary>The name that /proc/PID/cgroup uses; null if not known.</summary>
    public string? Name => name;

    public bool IsUnified => key.Length == 0;

    /// <summary>Created by this object, as opposed to found.</summary>
    public bool IsNew { get; private set; }

    /// <summary>Nothing of an earlier container can be attached to it, because it was just created by this object or by systemd.</summary>
    public bool IsFresh { get; private set; }

    /// <summary>Absolute paths of the cgroups above that had to be created first, outermost first.</summary>
    public List<string> CreatedParents { get; } = [];

    public bool Has(string controller)
        => key.AsSpan().StartsWith(controller) && (key.Length == controller.Length || key[controller.Length] == ',')
            || key.Contains(',') && Array.IndexOf(key.Split(','), controller) >= 0;

    /// <summary>Whether the runtime may put processes into it.</summary>
    public bool IsOurs()
    {
        using Fd? procs = TryOpenFile("cgroup.procs", O_WRONLY, out _);
        return procs is not null;
    }

    /// <summary>null once the cgroup is gone.</summary>
    public Fd? TryOpen()
    {
        if (handle is not null)
            return handle;
        handle = Sys.TryOpenAt2(Fd.Cwd, path, O_RDONLY | O_DIRECTORY, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, out SysError error);
        if (error.Errno is not (ENOENT or ENODEV))
            error.ThrowIfFailed();
        return handle;
    }

    public Fd Open() => TryOpen() ?? throw new SysException("openat2", path, ENOENT);

    /// <summary>Creates the cgroup and any missing ones above it.</summary>
    /// <param name="below">A cleaned path below the hierarchy's mount point.</param>
    /// <param name="isFresh">If it exists, it was created for this container.</param>
    public static CgroupDirectory Make(Hierarchy hierarchy, CgroupKind kind, string below, bool isFresh = false)
    {
        CgroupDirectory directory = new(hierarchy.Key, $"{hierarchy.MountPoint}/{below}", hierarchy.NameOf(below));
        using Fd mount = Sys.OpenAt(Fd.Cwd, hierarchy.MountPoint, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        try
        {
            directory.MakeBelow(mount, hierarchy.MountPoint, below);
            directory.IsFresh = isFresh || directory.IsNew;
            // The path has no .. and cgroupfs has no symbolic links; this has the kernel confirm that it is below the mount point.
            directory.handle = Sys.OpenAt2(mount, below, O_RDONLY | O_DIRECTORY, Inside);
            if (!directory.IsNew && !directory.IsOurs())
                throw new SysException("openat", directory.Path + "/cgroup.procs", EACCES); // belongs to another user, under the same name
            if (directory.Has("cpuset"))
                Cpuset.Fill(mount, below, directory.IsNew);
            else if (kind == CgroupKind.V2)
                V2.Controllers.Enable(mount, below);
            return directory;
        }
        catch
        {
            directory.RollBack();
            directory.Dispose();
            throw;
        }
    }

    private void MakeBelow(Fd mount, string mountPoint, string below)
    {
        const int Attempts = 16; // another runtime may remove a parent between the two calls
        SysError error = default;
        for (int attempt = 0; attempt < Attempts; attempt++)
        {
            error = Sys.TryMkdirAt(mount, below, Mode);
            IsNew = !error.Failed;
            if (IsNew || error.Errno == EEXIST)
                return;
            if (error.Errno != ENOENT)
                break;
            for (int slash = below.IndexOf('/'); slash >= 0; slash = below.IndexOf('/', slash + 1))
            {
                string parent = below[..slash];
                error = Sys.TryMkdirAt(mount, parent, Mode);
                if (!error.Failed)
                    CreatedParents.Add($"{mountPoint}/{parent}");
                else if (error.Errno is not (EEXIST or ENOENT))
                    throw error.On($"{mountPoint}/{parent}").ToException();
            }
        }
        throw error.On(path).ToException();
    }

    /// <summary>Removes what <see cref="Make"/> created, except what has come into use meanwhile.</summary>
    public void RollBack()
    {
        if (IsNew)
            _ = Sys.TryUnlinkAt(Fd.Cwd, path, AT_REMOVEDIR);
        RemoveCreatedParents();
    }

    public void RemoveCreatedParents()
    {
        for (int i = CreatedParents.Count - 1; i >= 0; i--)
            _ = Sys.TryUnlinkAt(Fd.Cwd, CreatedParents[i], AT_REMOVEDIR);
        CreatedParents.Clear();
    }

    /// <summary>null if the file or the cgroup does not exist.</summary>
    public string? TryRead(string file)
    {
        using Fd? readable = TryOpenFile(file, O_RDONLY, out SysError error);
        if (error.Errno is ENOENT or ENODEV)
            return null;
        if (readable is null)
            throw error.ToException();
        try
        {
            return KernelText.Decode(Sys.ReadAll(readable, file));
        }
        catch (SysException e) when (e.Errno == ENODEV) // removed between the two calls
        {
            return null;
        }
    }

    /// <summary>A single file is opened without opening the directory first; <c>state</c> needs no more than that.</summary>
    public Fd? TryOpenFile(string file, int flags, out SysError error)
    {
        if (handle is null)
            return Sys.TryOpenAt2(Fd.Cwd, $"{path}/{file}", flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS, out error);
        Fd? opened = Sys.TryOpenAt(handle, file, flags, out error);
        error = Named(error, file);
        return opened;
    }

    /// <summary>Opens a file or a cgroup below; the container may have made both, and cannot lead out of it.</summary>
    public Fd? TryOpenBelow(string below, int flags, out SysError error)
    {
        Fd? opened = Sys.TryOpenAt2(Open(), below, flags, Inside, out error);
        error = Named(error, below);
        return opened;
    }

    /// <summary>The number after a key in a file of "key number" lines; null when either is missing.</summary>
    public long? TryReadKey(string file, string wanted)
    {
        if (TryRead(file) is { } text)
            foreach (string line in text.Split('\n'))
                if (line.Length > wanted.Length && line[wanted.Length] == ' ' && line.StartsWith(wanted, StringComparison.Ordinal))
                    return long.TryParse(line.AsSpan(wanted.Length + 1), out long value) ? value : null;
        return null;
    }

    public SysError TryWrite(string file, string value)
    {
        Steps.Log($"{Path}/{file}: {value}");
        using Fd? writable = TryOpenFile(file, O_WRONLY, out SysError error);
        return writable is null ? error : Named(Sys.TryWrite(writable, KernelText.Encode(value), file), file);
    }

    /// <summary>With the whole path of the file or cgroup below.</summary>
    private SysError Named(SysError error, string below) => error.Failed ? error.On($"{path}/{below}") : error;

    public void Dispose()
    {
        handle?.Dispose();
        handle = null;
    }
}
