using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A path of the caller's that is resolved here and not by the kernel: a link is followed only where no other user can have made or moved
/// it, nor a directory that it is in. What is found is held by a descriptor, and nothing is looked up a second time.
/// </summary>
internal sealed class TrustedPath : IDisposable
{
    /// <summary>path_resolution(7).</summary>
    private const int MaxLinks = 40;

    private readonly string path, name;
    private readonly bool mayBeOpen;

    private string reached = "";
    private Inode inode;
    private int links;

    /// <summary>The first directory on the way whose entries another user can exchange, even for others of root's.</summary>
    private (Inode Inode, string Path)? foreign;

    private TrustedPath(string path, string name, bool mayBeOpen)
    {
        this.path = path;
        this.name = name;
        this.mayBeOpen = mayBeOpen;
        Directory = Fd.Cwd;
    }

    public Fd Directory { get; private set; }

    /// <summary>A name in the directory; empty if the directory itself was looked for.</summary>
    public string Entry { get; private set; } = "";

    /// <summary>The entry is a link of procfs, which leads where no path does: the kernel must follow it.</summary>
    private bool IsMagic { get; set; }

    public void Dispose() => Directory.Dispose();

    /// <summary>A directory, to be opened with the flags.</summary>
    /// <param name="name">What it is, for the message: "the state root".</param>
    /// <param name="made">Gets what is made of the path; null: nothing is.</param>
    /// <exception cref="ContainerException">Other users can have exchanged it or what is above.</exception>
    public static Fd? TryOpen(string path, string name, int flags, out SysError error, MadeDirectories? made = null)
    {
        using TrustedPath? found = TryWalk(path, name, Last.Directory, mayBeOpen: false, out error, made);
        if (found is null)
            return null;
        Fd? opened = Sys.TryOpenAt(found.Directory, ".", flags | O_DIRECTORY, out error);
        error = error.Failed ? error.On(path) : default;
        return opened;
    }

    /// <summary>Where an entry will be made or replaced. Whatever is there is not followed; another user's is refused.</summary>
    public static TrustedPath? TryFindPlace(string path, string name, out SysError error, bool mayBeOpen = false)
    {
        TrustedPath? found = TryWalk(path, name, Last.Place, mayBeOpen, out error);
        found?.IsFree();
        return found;
    }

    /// <summary>The socket at the path, behind all links: its directory is ours or root's alone, or sticky.</summary>
    public static Fd Connect(string path, string name, int type)
    {
        using TrustedPath found = TryWalk(path, name, Last.Entry, mayBeOpen: false, out SysError error) ?? throw Unconnected(error, path);
        if (!found.IsMagic)
            TrustedDirectory.Require(found.Directory, found.reached, name + "'s directory");
        using Fd socket = found.TryOpen(O_PATH, out error) ?? throw Unconnected(error, path);
        return UnixSocket.Connect(socket, path, type);
    }

    /// <summary>Opens or makes a file behind all links, in a directory that may even be open to everybody.</summary>
    public static Fd? TryOpenFile(string path, string name, int flags, uint mode, out SysError error)
    {
        using TrustedPath? found = TryWalk(path, name, Last.Entry, mayBeOpen: true, out error);
        Fd? opened = found?.TryOpen(flags & ~O_TRUNC, out error, mode);
        if (opened is null)
            return null;
        Inode file = Inode.Of(opened, path);
        if (!found!.IsMagic)
            TrustedDirectory.RequireOneName(found.Directory, found.inode, file, path, name);
        if ((flags & O_TRUNC) != 0 && file.Type == S_IFREG)
            Sys.Truncate(opened, path);
        return opened;
    }

    /// <summary>
    /// Whether a shared directory has nothing of that name. Whoever shares it has files of their own there, which are not ours to replace.
    /// </summary>
    public bool IsFree()
    {
        if (!TrustedDirectory.IsShared(Directory, inode))
            return false;
        using Fd? there = Sys.TryOpenAt(Directory, Entry, O_PATH | O_NOFOLLOW, out _);
        if (there is not null)
            TrustedDirectory.RequireOwner(Inode.Of(there, path), path, name);
        return there is null;
    }

    private Fd? TryOpen(int flags, out SysError error, uint mode = 0)
    {
        Fd? opened = Sys.TryOpenAt(Directory, Entry, IsMagic ? flags : flags | O_NOFOLLOW, out error, mode);
        error = error.Failed ? error.On(path) : default;
        return opened;
    }

    private static SysException Unconnected(SysError error, string path) => new("connect", path, error.Errno);

    private enum Last
    {
        Directory, Place, Entry,
    }

    private static TrustedPath? TryWalk(
        string path, string name, Last last, bool mayBeOpen, out SysError error, MadeDirectories? made = null)
    {
        TrustedPath walk = new(path, name, mayBeOpen);
        try
        {
            error = walk.Walk(last, made);
            if (!error.Failed)
                return walk;
            error = error.On(path);
        }
        catch
        {
            walk.Dispose();
            throw;
        }
        walk.Dispose();
        return null;
    }

    private SysError Walk(Last last, MadeDirectories? made)
    {
        string rest = path;
        bool isBelow = mayBeOpen && TryBeginBelow(ref rest);
        if (!isBelow)
            Begin(rest);
        while (true)
        {
            Entry = Next(ref rest);
            bool isLast = rest.Length == 0;
            if (Entry.Length == 0)
                return last == Last.Directory ? default : new("openat", path, EISDIR);
            if (isLast && last == Last.Place)
                return default;
            if (!mayBeOpen && Entry != "..")
                TrustedDirectory.RequireNotOpen(inode, reached, What(isLast));
            Fd? next = TryStep(made, out SysError error);
            if (next is null)
                return isLast && last == Last.Entry && error.Errno == ENOENT ? default : error;
            Inode found = Inode.Of(next, Said);
            if (found.IsLink && isBelow)
            {
                next.Dispose();
                isBelow = false;
                Begin(rest = path); // who could have moved it there has not been looked at
                continue;
            }
            if (found.IsLink)
            {
                RequireOwnLink(found);
                if (++links > MaxLinks)
                    return new("openat", path, ELOOP);
                if (Sys.Fstatfs(next).f_type != PROC_SUPER_MAGIC)
                {
                    rest = Follow(next, rest);
                    continue;
                }
                next.Dispose();
                IsMagic = isLast && last == Last.Entry;
                if (IsMagic)
                    return default;
                next = Sys.TryOpenAt(Directory, Entry, O_PATH | O_DIRECTORY, out error);
                if (next is null)
                    return error;
                found = Inode.Of(next, Said);
            }
            else
                RequireNotExchangeable(found, isLast);
            if (isLast && last == Last.Entry)
            {
                next.Dispose();
                return default;
            }
            if (!found.IsDirectory)
                return new("openat", path, ENOTDIR);
            Enter(next, found);
        }
    }

    /// <summary>The entry without following it; made if it is missing.</summary>
    private Fd? TryStep(MadeDirectories? made, out SysError error)
    {
        Fd? next = Sys.TryOpenAt(Directory, Entry, O_PATH | O_NOFOLLOW, out error);
        if (made is null || error.Errno != ENOENT)
            return next;
        error = made.TryMake(Directory, Entry);
        return error.Failed ? null : Sys.TryOpenAt(Directory, Entry, O_PATH | O_NOFOLLOW, out error);
    }

    private void Begin(string from)
    {
        bool isAbsolute = from.StartsWith('/');
        reached = isAbsolute ? "/" : ".";
        Fd start = Sys.OpenAt(Fd.Cwd, isAbsolute ? "/" : ".", O_PATH | O_DIRECTORY);
        inode = Inode.Of(start, reached);
        Directory.Dispose();
        Directory = start;
    }

    /// <summary>If what is above may be open, and no link is in it, all but the last step is one call.</summary>
    private bool TryBeginBelow(ref string rest)
    {
        int slash = rest.LastIndexOf('/');
        Fd? start = slash <= 0 ? null
            : Sys.TryOpenAt2(Fd.Cwd, rest[..slash], O_PATH | O_DIRECTORY, RESOLVE_NO_SYMLINKS, out _);
        if (start is null)
            return false;
        reached = rest[..slash];
        rest = rest[(slash + 1)..];
        inode = Inode.Of(start, reached);
        Directory = start;
        return true;
    }

    private void Enter(Fd next, Inode found)
    {
        if (foreign is null && !TrustedDirectory.IsFixed(Directory, inode, found))
            foreign = (inode, reached);
        reached = Said;
        Directory.Dispose();
        Directory = next;
        inode = found;
        Entry = "";
    }

    private string Follow(Fd link, string rest)
    {
        string target = Sys.ReadLinkAt(link, "");
        link.Dispose();
        if (target.StartsWith('/'))
            Begin(target);
        return rest.Length == 0 ? target : $"{target}/{rest}";
    }

    /// <summary>The next component, of which <c>.</c> is none; a slash at the end is no component either.</summary>
    private static string Next(ref string rest)
    {
        while (true)
        {
            rest = rest.TrimStart('/');
            int slash = rest.IndexOf('/');
            string next = slash < 0 ? rest : rest[..slash];
            rest = slash < 0 ? "" : rest[slash..].TrimStart('/');
            if (next != "." || rest.Length == 0)
                return next == "." ? "" : next;
        }
    }

    /// <summary>The path so far, with the entry.</summary>
    private string Said => reached == "." ? Entry : reached.EndsWith('/') ? reached + Entry : $"{reached}/{Entry}";

    private string What(bool isLast) => isLast ? name + "'s directory" : $"a directory above {name},";

    /// <summary>Other users' links lead to files that they may not touch; of ours they can make others by moving them.</summary>
    private void RequireOwnLink(Inode link)
    {
        if (foreign is var (theirs, above))
            throw TrustedDirectory.Exchangeable(theirs, above, What(isLast: false));
        if (TrustedDirectory.IsFixed(Directory, inode, link))
            return;
        string what = Said == path ? name : $"the link above {name},";
        TrustedDirectory.RequireOwner(link, Said, what);
        throw TrustedDirectory.Exchangeable(inode, reached, $"the directory of {what}");
    }

    /// <summary>
    /// A user who can replace a directory further up controls all that is below: in a sticky one, its owner. A directory that belongs to a
    /// single other user is accepted: root may be called by a user who works in a directory of their own.
    /// </summary>
    private void RequireNotExchangeable(Inode found, bool isLast)
    {
        if (Entry == ".." || mayBeOpen && !isLast)
            return;
        if (TrustedDirectory.IsSticky(inode) && TrustedDirectory.IsShared(Directory, inode) && !TrustedDirectory.IsOwn(found))
            TrustedDirectory.RequireOwner(found, Said, isLast ? name : What(isLast));
    }
}
