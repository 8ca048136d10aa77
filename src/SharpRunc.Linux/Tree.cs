using System;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>A mount that is not attached anywhere yet: its attributes are set before anyone can see it.</summary>
internal sealed class Tree : IDisposable
{
    private readonly string subject;

    private Tree(Fd fd, string subject)
    {
        Fd = fd;
        this.subject = subject;
    }

    /// <summary>The root of the tree; once attached, the mount itself.</summary>
    public Fd Fd { get; }

    public void Dispose() => Fd.Dispose();

    /// <summary>A copy of what is mounted at <paramref name="path"/>, with all mounts below it if <paramref name="recursive"/>.</summary>
    public static Tree Clone(Fd dir, string path, bool recursive, string? subject = null)
        => TryClone(dir, path, recursive, out int error, subject) ?? throw new SysException("open_tree", subject ?? path, -error);

    /// <param name="noFollow">A link at the end of the path is cloned itself.</param>
    public static Tree? TryClone(Fd dir, string path, bool recursive, out int error, string? subject = null, bool noFollow = false)
    {
        Fd? fd = Sys.TryOpenTree(dir, path, OPEN_TREE_CLONE | (uint)AT_EMPTY_PATH | (recursive ? (uint)AT_RECURSIVE : 0) | (noFollow ? (uint)AT_SYMLINK_NOFOLLOW : 0), out error);
        return fd is null ? null : new Tree(fd, subject ?? path);
    }

    /// <summary>
    /// A copy of one inode that belongs to somebody else. Through it nothing of the inode itself can be changed (mode, owner, times,
    /// extended attributes); I/O on a device needs no writable mount. Nothing that is mounted over it spreads to where it comes from.
    /// </summary>
    public static Tree CloneReadOnly(Fd dir, string path, string? subject = null)
    {
        Tree tree = Clone(dir, path, recursive: false, subject);
        int error = Sys.TryMountSetAttr(tree.Fd, new() { attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC, propagation = MS_PRIVATE }, 0, tree.subject);
        if (error >= 0)
            return tree;
        tree.Dispose();
        throw new SysException("mount_setattr", tree.subject, -error);
    }

    /// <summary>As <see cref="CloneReadOnly"/>; null where the caller may not mount, or the mount may not be bound (unbindable).</summary>
    public static Tree? TryCloneReadOnly(Fd directory)
    {
        try
        {
            return CloneReadOnly(directory, "");
        }
        catch (SysException e) when (e.Errno is EPERM or EINVAL)
        {
            return null;
        }
    }

    /// <summary>A tree that someone else opened (by SCM_RIGHTS).</summary>
    public static Tree Adopt(Fd fd, string subject) => new(fd, subject);

    /// <summary>A new instance of a file system.</summary>
    /// <param name="source">Shown in mountinfo; some types (block devices) mean it.</param>
    /// <param name="options">Superblock options, <c>key</c> or <c>key=value</c>, as fsconfig(2) takes them.</param>
    /// <param name="attributes">MOUNT_ATTR_….</param>
    public static Tree Create(string type, string? source, ReadOnlySpan<string> options, ulong attributes)
        => TryCreate(type, source, options, attributes, out SysException? refused) ?? throw refused!;

    /// <summary>null when the kernel refuses to make or mount the file system; an option it does not know still throws.</summary>
    public static Tree? TryCreate(string type, string? source, ReadOnlySpan<string> options, ulong attributes, out SysException? refused)
    {
        refused = null;
        using Fd? context = Sys.TryFsOpen(type, out int error);
        if (context is null)
        {
            refused = new SysException("fsopen", type, -error);
            return null;
        }
        return TryCreate(context, type, source, options, attributes, out refused);
    }

    /// <summary>As the other, from what fsopen(2) gave.</summary>
    public static Tree? TryCreate(Fd context, string type, string? source, ReadOnlySpan<string> options, ulong attributes, out SysException? refused)
    {
        refused = null;
        if (!string.IsNullOrEmpty(source))
            Configure(context, type, "source", source);
        Configure(context, type, options);
        int error = Sys.TryFsCreate(context, type);
        if (error < 0)
        {
            refused = new SysException("fsconfig", type + Complaint(context), -error);
            return null;
        }
        Fd? mount = Sys.TryFsMount(context, attributes, type, out error);
        if (mount is null)
        {
            refused = new SysException("fsmount", type + Complaint(context), -error);
            return null;
        }
        return new Tree(mount, type);
    }

    /// <summary>Sets and clears MOUNT_ATTR_… of this mount or, recursively, of all in the tree.</summary>
    public void Set(ulong set, ulong clear, bool recursive = false)
    {
        if (set != 0 || clear != 0)
            Sys.MountSetAttr(Fd, new() { attr_set = set, attr_clr = clear }, recursive ? AT_RECURSIVE : 0, subject);
    }

    /// <returns>0 or a negative errno. EPERM: a flag that was set outside of the user namespace cannot be taken away in it.</returns>
    public int TrySet(ulong set, ulong clear, bool recursive)
        => set == 0 && clear == 0 ? 0 : Sys.TryMountSetAttr(Fd, new() { attr_set = set, attr_clr = clear }, recursive ? AT_RECURSIVE : 0, subject);

    /// <summary>MOUNT_ATTR_… of the mount; ro also where its file system is.</summary>
    public ulong Attributes
    {
        get
        {
            long flags = Sys.Fstatfs(Fd, subject).f_flags;
            ulong attributes = (ulong)flags & (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC); // the same bits
            attributes |= (flags & ST_NOATIME) != 0 ? MOUNT_ATTR_NOATIME : (flags & ST_RELATIME) != 0 ? MOUNT_ATTR_RELATIME : MOUNT_ATTR_STRICTATIME;
            return attributes | ((flags & ST_NODIRATIME) != 0 ? MOUNT_ATTR_NODIRATIME : 0) | ((flags & ST_NOSYMFOLLOW) != 0 ? MOUNT_ATTR_NOSYMFOLLOW : 0);
        }
    }

    /// <summary>MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE.</summary>
    public void SetPropagation(ulong propagation, bool recursive)
        => Sys.MountSetAttr(Fd, new() { propagation = propagation }, recursive ? AT_RECURSIVE : 0, subject);

    /// <summary>Owners are shown as the namespace maps them. Needs privilege over it and over the user namespace of the file system.</summary>
    /// <returns>0 or a negative errno. EINVAL: a file system that the kernel does not map.</returns>
    public int TryMapIds(Fd userNamespace, bool recursive)
        => Sys.TryMountSetAttr(Fd, new() { attr_set = MOUNT_ATTR_IDMAP, userns_fd = (ulong)userNamespace.Number }, recursive ? AT_RECURSIVE : 0, subject);

    /// <summary>Makes it visible on <paramref name="target"/>.</summary>
    public void AttachTo(Fd target) => Sys.MoveMount(Fd, target, subject);

    /// <summary>The quotes that keep an SELinux context's commas together are mount(2)'s; fsconfig(2) takes the value bare.</summary>
    private static string Bare(string option, int start)
        => option[start..] is ['"', .. string bare, '"'] && option.AsSpan(0, start).EndsWith("context=") ? bare : option[start..];

    /// <summary>Other options for the file system that is mounted there; the mount itself stays as it is.</summary>
    public static void Reconfigure(Fd mount, string subject, ReadOnlySpan<string> options)
    {
        using Fd context = Sys.FsPick(mount, subject);
        Configure(context, subject, options);
        int error = Sys.TryFsReconfigure(context, subject);
        if (error < 0)
            throw new SysException("fsconfig", subject + Complaint(context), -error);
    }

    private static void Configure(Fd context, string type, ReadOnlySpan<string> options)
    {
        foreach (string option in options)
        {
            int equals = option.IndexOf('=');
            Configure(context, type, equals < 0 ? option : option[..equals], equals < 0 ? null : Bare(option, equals + 1));
        }
    }

    private static void Configure(Fd context, string type, string key, string? value)
    {
        int error = Sys.TryFsConfig(context, key, value);
        if (error < 0)
            throw new SysException("fsconfig", $"{type} {(value is null ? key : $"{key}={value}")}{Complaint(context)}", -error);
    }

    /// <summary>What the file system itself says of its refusal: the context is readable, "e tmpfs: Bad value for 'size'".</summary>
    private static string Complaint(Fd context)
    {
        Span<byte> buffer = stackalloc byte[512];
        try
        {
            int length = Sys.Read(context, buffer);
            string text = KernelText.Decode(buffer[..length]).TrimEnd();
            return text.Length > 2 ? $" ({text[2..]})" : "";
        }
        catch (SysException)
        {
            return "";
        }
    }
}
