using System;
using System.Collections.Generic;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The only way to name a file inside a container: the kernel resolves every path below one directory, `..` and symlinks included, and
/// magic links are refused. Creation proceeds one component at a time, exclusively, never through a link.
/// </summary>
internal sealed class Root(Fd directory) : IDisposable
{
    /// <summary>The longest chain of symlinks that is followed; the kernel has the same limit.</summary>
    private const int MaxLinks = 40;

    /// <summary>How a path is resolved: below the root, its links too.</summary>
    private static ulong Within => RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;

    /// <summary>How a single name in a directory is resolved.</summary>
    private static ulong OneStep => RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;

    private readonly HashSet<((uint, uint), ulong)> parentsMade = [];

    public Fd Directory => directory;

    public void Dispose() => directory.Dispose();

    /// <summary>The file at <paramref name="path"/>, or null if nothing is there; any other error throws.</summary>
    /// <param name="flags">O_PATH, O_DIRECTORY, O_NOFOLLOW ….</param>
    /// <param name="throwing">false: any error yields null.</param>
    public Fd? Find(string path, int flags = 0, bool throwing = true)
    {
        Fd? found = Sys.TryOpenAt2(directory, Relative(path), O_PATH | flags, Within, out SysError error);
        bool isExpected = !error.Failed || !throwing || error.Errno is ENOENT or ENOTDIR;
        return isExpected ? found : throw error.On(path).ToException();
    }

    /// <summary>
    /// As <see cref="Find(string, out SysError)"/>, but what is mounted below is not entered (EXDEV): who serves it may not answer.
    /// </summary>
    public Fd? FindUnmounted(string path, out SysError error)
        => Sys.TryOpenAt2(directory, Relative(path), O_PATH, Within | RESOLVE_NO_XDEV, out error);

    public Fd? Find(string path, out SysError error) => Sys.TryOpenAt2(directory, Relative(path), O_PATH, Within, out error);

    /// <summary>As <see cref="Find(string, out SysError)"/>; a symlink anywhere in the path is refused (ELOOP).</summary>
    public Fd? FindReal(string path, int flags, out SysError error)
        => Sys.TryOpenAt2(directory, Relative(path), O_PATH | flags, RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS, out error);

    /// <summary>Opened for use; null on any error.</summary>
    public Fd? TryOpen(string path, int flags) => Sys.TryOpenAt2(directory, Relative(path), flags, Within, out _);

    public Fd Open(string path, int flags) => Sys.OpenAt2(directory, Relative(path), flags, Within);

    /// <summary>The directory at <paramref name="path"/>, created with its parents if missing.</summary>
    public Fd MakeDirectory(string path, uint mode = Modes.O755) => MakeDirectory(path, out _, mode);

    /// <summary>Whether it was created on the way to something below it, so that nothing about it comes from the image.</summary>
    public bool HasMade(Inode parent) => parentsMade.Contains((parent.Device, parent.Number));

    /// <param name="made">Whether it was created, so that nothing about it comes from the image.</param>
    public Fd MakeDirectory(string path, out bool made, uint mode = Modes.O755)
    {
        Fd? there = Sys.TryOpenAt2(directory, Relative(path), O_PATH | O_DIRECTORY, Within, out SysError error);
        if (there is null && error.Errno != ENOENT)
            throw error.On(path).ToException();
        made = there is null;
        return there ?? MakeLeaf(path, mode, isFile: false) ?? Walk(path, mode, leafIsFile: false);
    }

    /// <summary>The directory at <paramref name="path"/>, created if missing; a symlink anywhere in the path is refused (ELOOP).</summary>
    public Fd MakeRealDirectory(string path)
    {
        Fd? there = FindReal(path, O_DIRECTORY, out SysError error);
        if (there is not null)
            return there;
        if (error.Errno != ENOENT)
            throw error.On(path).ToException();
        MakeDirectory(path).Dispose();
        return FindReal(path, O_DIRECTORY, out error) ?? throw error.On(path).ToException();
    }

    /// <summary>As MakeDirectory, but ignores errors: code that needs the directory will meet them.</summary>
    public void TryMakeDirectory(string path)
    {
        try
        {
            MakeDirectory(path).Dispose();
        }
        catch (SysException)
        {
        }
    }

    /// <summary>The file at <paramref name="path"/>, of any type, or a new empty one; missing directories are created.</summary>
    public Fd MakeFile(string path) => Find(path) ?? MakeLeaf(path, Modes.O755, isFile: true) ?? Walk(path, Modes.O755, leafIsFile: true);

    /// <summary>The usual case, in which only the last component is missing; null in any other case.</summary>
    private Fd? MakeLeaf(string path, uint mode, bool isFile)
    {
        int slash = path.LastIndexOf('/');
        string leaf = path[(slash + 1)..];
        if (leaf is "" or "." or "..")
            return null;
        string above = slash <= 0 ? "." : Relative(path[..slash]);
        using Fd? parent = Sys.TryOpenAt2(directory, above, O_PATH | O_DIRECTORY, Within, out _);
        if (parent is null)
            return null;
        if (isFile)
            return Sys.TryOpenAt2(parent, leaf, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, OneStep, out _, Modes.O644);
        SysError error = Sys.TryMkdirAt(parent, leaf, mode);
        return error.Failed ? null : Sys.OpenAt2(parent, leaf, O_PATH | O_DIRECTORY | O_NOFOLLOW, OneStep);
    }

    /// <summary>
    /// Follows <paramref name="path"/> component by component and creates what is missing, including the targets of dangling links (an
    /// image's /etc/resolv.conf often is one). Each step opens one name without following it, from a directory that was itself reached from
    /// the root. `..` returns to the previous directory of the walk, so a rename elsewhere cannot redirect it.
    /// </summary>
    private Fd Walk(string path, uint mode, bool leafIsFile)
    {
        Stack<string> todo = new();
        Push(todo, path);
        List<Fd> trail = [];
        int links = 0;
        Fd? at = null;
        try
        {
            while (todo.TryPop(out string? name))
            {
                if (name is "" or ".")
                    continue;
                if (name == "..")
                {
                    at?.Dispose();
                    at = trail.Count > 0 ? trail[^1] : null;
                    if (trail.Count > 0)
                        trail.RemoveAt(trail.Count - 1);
                    continue;
                }
                bool isLeaf = todo.Count == 0;
                Fd next = OpenOrMake(at ?? directory, name, mode, isFile: isLeaf && leafIsFile, out bool made);
                Inode inode = Inode.Of(next, path);
                if (made)
                    parentsMade.Add((inode.Device, inode.Number));
                if (inode.IsLink)
                {
                    string target = Sys.ReadLinkAt(next, "");
                    next.Dispose();
                    links++;
                    if (links > MaxLinks || IsMagic(at ?? directory, name))
                        throw new SysException("openat2", path, ELOOP);
                    if (target.StartsWith('/'))
                    {
                        at?.Dispose();
                        at = null;
                        DisposeAll(trail);
                    }
                    Push(todo, target);
                    continue;
                }
                if (!inode.IsDirectory && !(isLeaf && leafIsFile))
                {
                    next.Dispose();
                    throw new SysException("openat2", path, ENOTDIR);
                }
                if (at is not null)
                    trail.Add(at);
                at = next;
            }
            Fd result = at ?? Sys.OpenAt2(directory, ".", O_PATH | O_DIRECTORY, RESOLVE_IN_ROOT);
            at = null;
            return result;
        }
        finally
        {
            at?.Dispose();
            DisposeAll(trail);
        }
    }

    private static Fd OpenOrMake(Fd parent, string name, uint mode, bool isFile, out bool made)
    {
        made = false;
        Fd? there = Sys.TryOpenAt2(parent, name, O_PATH | O_NOFOLLOW, OneStep, out SysError error);
        if (there is not null)
            return there;
        if (error.Errno != ENOENT)
            throw error.ToException();
        if (isFile)
            Sys.TryOpenAt2(parent, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, OneStep, out error, Modes.O644)?.Dispose();
        else
            error = Sys.TryMkdirAt(parent, name, mode);
        made = !error.Failed;
        // If someone else has created it meanwhile, it is checked like one that existed before.
        if (error.Errno != EEXIST)
            error.ThrowIfFailed();
        return Sys.OpenAt2(parent, name, O_PATH | O_NOFOLLOW, OneStep);
    }

    /// <summary>The text of a magic link (/proc/PID/fd, root, cwd) is a path on the host, and meaningless below the root.</summary>
    private static bool IsMagic(Fd parent, string name)
    {
        using Fd? followed = Sys.TryOpenAt2(parent, name, O_PATH, Within, out SysError error);
        return error.Errno == ELOOP;
    }

    private static void Push(Stack<string> todo, string path)
    {
        string[] parts = path.Split('/');
        for (int i = parts.Length - 1; i >= 0; i--)
            if (parts[i] is not ("" or "."))
                todo.Push(parts[i]);
    }

    private static void DisposeAll(List<Fd> fds)
    {
        foreach (Fd fd in fds)
            fd.Dispose();
        fds.Clear();
    }

    private static string Relative(string path)
    {
        string relative = path.TrimStart('/');
        return relative.Length == 0 ? "." : relative;
    }
}
