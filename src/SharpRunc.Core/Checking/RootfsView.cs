using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>What is at a path of the root file system before anything is mounted.</summary>
internal enum Place
{
    /// <summary>Nothing, and the runtime makes what it needs.</summary>
    Missing,
    Found,
    /// <summary>A mount of the config covers it, or the file system does not let us look: nothing is said about it.</summary>
    Unknown,
    /// <summary>Something on the way is no directory, or a link leads in a circle.</summary>
    Refused,
}

/// <summary>
/// The root file system as the mounts of a config find it, one after the other. What a mount brings is not judged: the next one may cover
/// it, and who serves it may not answer.
/// </summary>
internal sealed class RootfsView(string rootfs) : IDisposable
{
    private readonly Root root = new(Sys.OpenAt(Fd.Cwd, rootfs, O_PATH | O_DIRECTORY));
    private readonly List<string> covered = [];
    private string? realRoot;

    public void Dispose() => root.Dispose();

    /// <summary>From here on a mount covers this path.</summary>
    public void Cover(MountStep step) => covered.Add(step.Destination);

    public void CoverAll(MountStep[] steps)
    {
        foreach (MountStep step in steps)
            if (step.Kind != MountKind.Remount)
                Cover(step);
    }

    public bool HasMountOn(string path) => covered.Contains(LexicalPath.Clean(path));

    /// <param name="found">Of what the path leads to.</param>
    /// <param name="noFollow">A link at the end is itself what is asked about.</param>
    public Place Look(string path, out Inode found, out SysError error, bool noFollow = false)
    {
        (found, error) = (default, default);
        if (IsCovered(path))
            return Place.Unknown;
        using Fd? file = Open(path, noFollow ? O_NOFOLLOW : 0, out error);
        if (file is not null)
        {
            found = Inode.Known(file, path);
            return IsCovered(RealPath(file)) ? Place.Unknown : Place.Found;
        }
        return error.Errno switch
        {
            ENOENT => LeadsElsewhere(path) ? Place.Unknown : Place.Missing,
            ENOTDIR or ELOOP => Place.Refused,
            _ => Place.Unknown,
        };
    }

    /// <summary>
    /// The directory in which the first missing part of the path would be made; null: a mount covers it, or it cannot be told.
    /// </summary>
    public Fd? OpenNearest(string path)
    {
        for (string at = LexicalPath.Clean(path); ; at = at[..Math.Max(at.LastIndexOf('/'), 1)])
        {
            if (IsCovered(at))
                return null;
            Fd? there = TryOpen(at, O_PATH | O_DIRECTORY);
            if (there is not null || at == "/")
                return there;
        }
    }

    /// <summary>null on any error; what a mount covers is not opened.</summary>
    public Fd? TryOpen(string path, int? flags = null)
    {
        if (IsCovered(path))
            return null;
        Fd? file = root.TryOpen(path, flags ?? O_PATH);
        if (file is null || !IsCovered(RealPath(file)))
            return file;
        file.Dispose();
        return null;
    }

    /// <summary>Whether a symbolic link is on the way or at the end.</summary>
    public bool HasLink(string path)
    {
        using Fd? real = root.FindReal(path, 0, out SysError error);
        return error.Errno == ELOOP;
    }

    private Fd? Open(string path, int flags, out SysError error)
        => Sys.TryOpenAt2(root.Directory, path.TrimStart('/') is { Length: > 0 } below ? below : ".", O_PATH | flags,
            RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS, out error);

    /// <summary>A dangling link may lead into a mount.</summary>
    private bool LeadsElsewhere(string path)
    {
        if (covered.Count == 0)
            return false;
        for (string at = LexicalPath.Clean(path); at.Length > 1; at = at[..Math.Max(at.LastIndexOf('/'), 1)])
        {
            using Fd? file = Open(at, O_NOFOLLOW, out _);
            if (file is not null)
                return Inode.Known(file, at).IsLink || HasLink(at);
        }
        return false;
    }

    private bool IsCovered(string path)
    {
        string clean = LexicalPath.Clean(path);
        foreach (string mount in covered)
            if (mount == "/" || clean == mount || clean.StartsWith(mount + "/", StringComparison.Ordinal))
                return true;
        return false;
    }

    /// <summary>Below the root, with no links in it.</summary>
    private string RealPath(Fd file)
    {
        realRoot ??= Sys.ReadLinkAt(Fd.Cwd, root.Directory.ProcPath);
        string real = Sys.ReadLinkAt(Fd.Cwd, file.ProcPath);
        return real.StartsWith(realRoot, StringComparison.Ordinal) ? "/" + real[realRoot.Length..].TrimStart('/') : real;
    }
}
