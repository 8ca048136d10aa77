using System;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A mount that is not attached yet: its attributes are set before it becomes visible.</summary>
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

    /// <summary>A copy of the mount at <paramref name="path"/>, with all mounts below it if <paramref name="recursive"/>.</summary>
    public static Tree Clone(Fd dir, string path, bool recursive, string? subject = null)
        => TryClone(dir, path, recursive, out SysError error, subject) ?? throw error.ToException();

    /// <param name="noFollow">If the path ends in a link, the link itself is cloned.</param>
    public static Tree? TryClone(Fd dir, string path, bool recursive, out SysError error, string? subject = null, bool noFollow = false)
    {
        uint flags = OPEN_TREE_CLONE | (uint)AT_EMPTY_PATH;
        flags |= recursive ? (uint)AT_RECURSIVE : 0;
        flags |= noFollow ? (uint)AT_SYMLINK_NOFOLLOW : 0;
        Fd? fd = Sys.TryOpenTree(dir, path, flags, out error);
        if (fd is not null)
            return new Tree(fd, subject ?? path);
        error = error.On(subject ?? path);
        return null;
    }

    /// <summary>
    /// A copy of one inode that belongs to somebody else. Through it nothing of the inode itself can be changed (mode, owner, times,
    /// extended attributes); I/O on a device does not need a writable mount. Mounts on top of it do not propagate to the original.
    /// </summary>
    /// <param name="relatime">The clone has relatime, whatever the original has.</param>
    public static Tree CloneReadOnly(Fd dir, string path, string? subject = null, bool relatime = false)
    {
        Tree tree = Clone(dir, path, recursive: false, subject);
        const ulong Harmless = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC;
        mount_attr attributes = new() { attr_set = Harmless, attr_clr = relatime ? MOUNT_ATTR__ATIME : 0, propagation = MS_PRIVATE };
        SysError error = Sys.TryMountSetAttr(tree.Fd, attributes, 0, tree.subject);
        if (!error.Failed)
            return tree;
        tree.Dispose();
        throw error.ToException();
    }

    /// <summary>As <see cref="CloneReadOnly"/>; null if the caller may not mount, or the mount may not be bound (unbindable).</summary>
    public static Tree? TryCloneReadOnly(Fd directory, bool relatime = false)
    {
        try
        {
            return CloneReadOnly(directory, "", relatime: relatime);
        }
        catch (SysException e) when (e.Errno is EPERM or EINVAL)
        {
            return null;
        }
    }

    /// <summary>Wraps a tree that another process opened (via SCM_RIGHTS).</summary>
    public static Tree Adopt(Fd fd, string subject) => new(fd, subject);

    /// <summary>A new instance of a file system.</summary>
    /// <param name="source">Shown in mountinfo; some types (on block devices) use it.</param>
    /// <param name="options">Superblock options, <c>key</c> or <c>key=value</c>, as for fsconfig(2).</param>
    /// <param name="attributes">MOUNT_ATTR_….</param>
    public static Tree Create(string type, string? source, ReadOnlySpan<string> options, ulong attributes)
        => TryCreate(type, source, options, attributes, out SysError refused) ?? throw refused.ToException();

    /// <summary>null if the kernel refuses to create or mount the file system; an unknown option still throws.</summary>
    public static Tree? TryCreate(string type, string? source, ReadOnlySpan<string> options, ulong attributes, out SysError refused)
    {
        using Fd? context = Sys.TryFsOpen(type, out refused);
        return context is null ? null : TryCreate(context, type, source, options, attributes, out refused);
    }

    /// <summary>The same, from a context returned by fsopen(2).</summary>
    public static Tree? TryCreate(
        Fd context, string type, string? source, ReadOnlySpan<string> options, ulong attributes, out SysError refused)
    {
        if (!string.IsNullOrEmpty(source))
            Configure(context, type, "source", source);
        Configure(context, type, options);
        refused = Sys.TryFsCreate(context, type);
        Fd? mount = refused.Failed ? null : Sys.TryFsMount(context, attributes, type, out refused);
        if (mount is not null)
            return new Tree(mount, type);
        refused = refused.On(type + Complaint(context));
        return null;
    }

    /// <summary>Has the file system read its options as for <see cref="Create"/>, and makes nothing.</summary>
    /// <exception cref="SysException">It does not accept one of them. Without the privilege to mount it is not asked.</exception>
    public static void RequireOptions(string type, string? source, ReadOnlySpan<string> options)
    {
        using Fd? context = Sys.TryFsOpen(type, out SysError refused);
        if (context is null && refused.Errno == EPERM)
            return;
        refused.ThrowIfFailed();
        if (!string.IsNullOrEmpty(source))
            Configure(context!, type, "source", source);
        Configure(context!, type, options);
    }

    /// <summary>Sets and clears MOUNT_ATTR_… of this mount or, recursively, of the whole tree.</summary>
    public void Set(ulong set, ulong clear, bool recursive = false)
    {
        if (set != 0 || clear != 0)
            Sys.MountSetAttr(Fd, new() { attr_set = set, attr_clr = clear }, recursive ? AT_RECURSIVE : 0, subject);
    }

    /// <returns>EPERM: a flag that was set outside the user namespace cannot be cleared inside.</returns>
    public SysError TrySet(ulong set, ulong clear, bool recursive)
    {
        if (set == 0 && clear == 0)
            return default;
        return Sys.TryMountSetAttr(Fd, new() { attr_set = set, attr_clr = clear }, recursive ? AT_RECURSIVE : 0, subject);
    }

    /// <summary>MOUNT_ATTR_… of the mount; ro also if its file system is read-only.</summary>
    public ulong Attributes
    {
        get
        {
            // statfs(2) has the same bits for these four.
            const ulong SameBits = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
            long flags = Sys.Fstatfs(Fd, subject).f_flags;
            ulong attributes = (ulong)flags & SameBits;
            attributes |= AccessTime(flags);
            if ((flags & ST_NODIRATIME) != 0)
                attributes |= MOUNT_ATTR_NODIRATIME;
            if ((flags & ST_NOSYMFOLLOW) != 0)
                attributes |= MOUNT_ATTR_NOSYMFOLLOW;
            return attributes;
        }
    }

    /// <summary>The value of the field MOUNT_ATTR__ATIME.</summary>
    /// <param name="flags">ST_… of statfs(2).</param>
    private static ulong AccessTime(long flags)
    {
        if ((flags & ST_NOATIME) != 0)
            return MOUNT_ATTR_NOATIME;
        return (flags & ST_RELATIME) != 0 ? MOUNT_ATTR_RELATIME : MOUNT_ATTR_STRICTATIME;
    }

    /// <summary>MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE.</summary>
    public void SetPropagation(ulong propagation, bool recursive)
        => Sys.MountSetAttr(Fd, new() { propagation = propagation }, recursive ? AT_RECURSIVE : 0, subject);

    /// <summary>Shows owners as mapped by the namespace. Requires privilege over it and over the file system's user namespace.</summary>
    /// <returns>EINVAL: the kernel cannot id-map this file system.</returns>
    public SysError TryMapIds(Fd userNamespace, bool recursive)
    {
        mount_attr mapped = new() { attr_set = MOUNT_ATTR_IDMAP, userns_fd = (ulong)userNamespace.Number };
        return Sys.TryMountSetAttr(Fd, mapped, recursive ? AT_RECURSIVE : 0, subject);
    }

    /// <summary>Makes it visible at <paramref name="target"/>.</summary>
    public void AttachTo(Fd target) => Sys.MoveMount(Fd, target, subject);

    /// <summary>
    /// Removes the quotes around an SELinux context: mount(2) needs them to protect its commas, fsconfig(2) takes the bare value.
    /// </summary>
    private static string Bare(string option, int start)
        => option[start..] is ['"', .. string bare, '"'] && option.AsSpan(0, start).EndsWith("context=") ? bare : option[start..];

    /// <summary>Changes options of the file system mounted there; the mount itself stays as it is.</summary>
    public static void Reconfigure(Fd mount, string subject, ReadOnlySpan<string> options)
    {
        using Fd context = Sys.FsPick(mount, subject);
        Configure(context, subject, options);
        SysError error = Sys.TryFsReconfigure(context, subject);
        if (error.Failed)
            throw error.On(subject + Complaint(context)).ToException();
    }

    private static void Configure(Fd context, string type, ReadOnlySpan<string> options)
    {
        foreach (string option in options)
        {
            int equals = option.IndexOf('=');
            if (equals < 0)
                Configure(context, type, option, null);
            else
                Configure(context, type, option[..equals], Bare(option, equals + 1));
        }
    }

    private static void Configure(Fd context, string type, string key, string? value)
    {
        SysError error = Sys.TryFsConfig(context, key, value);
        if (!error.Failed)
            return;
        string option = value is null ? key : $"{key}={value}";
        throw error.On($"{type} {option}{Complaint(context)}").ToException();
    }

    /// <summary>The file system's own message about its refusal, read from the context: "e tmpfs: Bad value for 'size'".</summary>
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
