using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A private procfs that is mounted nowhere, so nothing can be mounted over it. Labels, sysctls, id maps and oom_score_adj are written only
/// through it (CVE-2019-16884, CVE-2025-52881). If fsopen is refused (no privilege), /proc itself is used, verified to be the root of a
/// procfs.
/// </summary>
internal sealed class ProcFs : IDisposable
{
    /// <summary>The root of every procfs has this inode number.</summary>
    private const ulong RootInode = 1;

    private readonly Fd root;

    private ProcFs(Fd root) => this.root = root;

    public void Dispose() => root.Dispose();

    public static ProcFs Open()
    {
        Tree? tree = Tree.TryCreate("proc", null, [], 0, out SysError refused);
        if (tree is null && refused.Errno is not (EPERM or EACCES))
            throw refused.ToException();
        return Verify(tree?.Fd ?? Sys.OpenAt(Fd.Cwd, "/proc", O_PATH | O_DIRECTORY));
    }

    /// <summary>
    /// Opens a file of the calling process where /proc may be another container's, and anything may be mounted on it.
    /// </summary>
    public static Fd OpenOwn(string name)
    {
        using ProcFs proc = Open();
        return proc.TryOpen("self/" + name, O_RDONLY, out SysError error) ?? throw error.On("/proc/self/" + name).ToException();
    }

    /// <summary>As <see cref="OpenOwn"/>; null on any error.</summary>
    public static Fd? TryOpenOwn(string name)
    {
        try
        {
            return OpenOwn(name);
        }
        catch (Exception e) when (e is SysException or UnexpectedInodeException)
        {
            return null;
        }
    }

    /// <summary>Accepts only a directory whose file system and inode identify it as the root of a procfs.</summary>
    public static ProcFs Verify(Fd root)
    {
        if (Sys.Fstatfs(root, "/proc").f_type != PROC_SUPER_MAGIC || Inode.Of(root, "/proc").Number != RootInode)
        {
            root.Dispose();
            throw new UnexpectedInodeException("/proc is not the root of a procfs");
        }
        return new ProcFs(root);
    }

    /// <param name="path">
    /// Relative: <c>self/attr/exec</c>, <c>sys/kernel/domainname</c>, <c>1234/uid_map</c>. No mount or magic link is crossed.
    /// </param>
    public Fd OpenFile(string path, int flags)
        => TryOpen(path, flags, out SysError error) ?? throw error.On("/proc/" + path).ToException();

    public Fd? TryOpen(string path, int flags, out SysError error)
        => Sys.TryOpenAt2(root, path, flags, RESOLVE_BENEATH | RESOLVE_NO_XDEV | RESOLVE_NO_MAGICLINKS, out error);

    /// <summary>
    /// Opens a namespace of a process. The last component is a magic link by nature; the directory that holds it is verified like any
    /// other.
    /// </summary>
    public Fd OpenMagic(string path, int flags)
    {
        int slash = path.LastIndexOf('/');
        using Fd directory = OpenFile(path[..slash], O_PATH | O_DIRECTORY);
        using (OpenFile(path, O_PATH | O_NOFOLLOW)) // refuses a mount on the link itself
            return Sys.OpenAt(directory, path[(slash + 1)..], flags);
    }

    /// <summary>
    /// The kernel's name for an open file, after following links: a path from the root of its mount namespace, or <c>pipe:[12345]</c>. null
    /// if there is no /proc.
    /// </summary>
    public static string? TryPathOf(Fd fd)
    {
        try
        {
            return Sys.ReadLinkAt(Fd.Cwd, fd.ProcPath);
        }
        catch (SysException)
        {
            return null;
        }
    }

    /// <summary>A single write, because procfs takes a value in one piece.</summary>
    public void Write(string path, string value) => Write(path, KernelText.Encode(value));

    public void Write(string path, ReadOnlySpan<byte> value)
    {
        using Fd file = OpenFile(path, O_WRONLY);
        Sys.Write(file, value, "/proc/" + path);
    }

    public string Read(string path)
    {
        using Fd file = OpenFile(path, O_RDONLY);
        return KernelText.Decode(Sys.ReadAll(file, "/proc/" + path));
    }

    /// <exception cref="SysException">EFBIG: it is longer.</exception>
    public string Read(string path, int limit)
    {
        using Fd file = OpenFile(path, O_RDONLY);
        return KernelText.Decode(Sys.ReadAll(file, "/proc/" + path, limit));
    }
}
