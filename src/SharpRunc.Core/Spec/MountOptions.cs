using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// What a mount's <c>options</c> request (config.md#linux-mount-options), parsed before any mount is made. Later options override earlier
/// ones. Names and effects are in MountOptionTable.cs.
/// </summary>
internal sealed partial class MountOptions
{
    /// <summary>
    /// MOUNT_ATTR_… for this mount only. When an atime option was given, <c>AttrClear</c> has all of MOUNT_ATTR__ATIME, as
    /// mount_setattr(2) requires.
    /// </summary>
    public ulong AttrSet { get; private set; }

    public ulong AttrClear { get; private set; }

    /// <summary>
    /// The same for this mount and all below it (AT_RECURSIVE): <c>rro</c> and the like. Applied last, because they override what is set
    /// for this mount only.
    /// </summary>
    public ulong RecursiveSet { get; private set; }

    public ulong RecursiveClear { get; private set; }

    /// <summary>
    /// Whether a flag of this mount or of its file system was set or cleared. If so, the options determine all flags of a bind, and those
    /// of its source are dropped; otherwise it keeps the source's flags, as with mount(2).
    /// </summary>
    public bool HasFlags { get; private set; }

    /// <summary>
    /// <see cref="AttrClear"/> plus, for a bind with flags, the source's flags that are not requested. The source's access time settings
    /// stay unless an option concerns them.
    /// </summary>
    public ulong MountClear
    {
        get
        {
            ulong clear = AttrClear;
            if (IsBind && HasFlags && !Remount)
            {
                clear |= BindFlags;
                if ((clear & MOUNT_ATTR__ATIME) != 0 || (AttrSet & MOUNT_ATTR_NODIRATIME) != 0)
                    clear |= MOUNT_ATTR__ATIME | MOUNT_ATTR_NODIRATIME;
            }
            return clear & (~AttrSet | MOUNT_ATTR__ATIME);
        }
    }

    /// <summary><c>bind</c> or <c>rbind</c>; a type of "bind" has no effect.</summary>
    public bool IsBind { get; private set; }

    /// <summary><c>rbind</c>.</summary>
    public bool Recursive { get; private set; }

    public bool Remount { get; private set; }

    /// <summary>MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, with MS_REC for an r-form, in the given order.</summary>
    public uint[] Propagation { get; private set; } = [];

    /// <summary>The superblock's MS_… flags for mount(2).</summary>
    public uint MsFlags { get; private set; }

    /// <summary>Flags that were cleared by name; a remount clears them.</summary>
    public uint MsCleared { get; private set; }

    /// <summary>
    /// The same as flags for fsconfig(2): sync or async, dirsync, mand or nomand, lazytime or nolazytime. <c>ro</c> is not included: it is
    /// an attribute of the mount, because most superblocks are shared with the host, and a tmpfs must still be filled.
    /// </summary>
    public string[] SuperblockFlags { get; private set; } = [];

    /// <summary>All other options, for the file system itself: <c>key=value</c> or a flag.</summary>
    public string[] Data { get; private set; } = [];

    /// <summary>iversion or silent: flags for which fsconfig(2) has no name.</summary>
    public bool HasUnnamedFlags => (MsFlags & (MS_I_VERSION | MS_SILENT)) != 0;

    public bool TmpCopyUp { get; private set; }

    /// <summary><c>idmap</c>; never passed to the kernel as text.</summary>
    public bool IdMap { get; private set; }

    /// <summary><c>ridmap</c>.</summary>
    public bool RIdMap { get; private set; }

    /// <summary>
    /// <c>copy-symlink</c>, an extension of another runtime: a source that is a symbolic link is recreated instead of followed and bound.
    /// </summary>
    public bool CopySymlink { get; private set; }

    /// <summary><c>src-nofollow</c>, an extension too: a source that is a symbolic link is itself bound.</summary>
    public bool SourceNoFollow { get; private set; }

    /// <summary><c>dest-nofollow</c>, an extension too: a destination that is a symbolic link is itself the mount point.</summary>
    public bool DestinationNoFollow { get; private set; }

    /// <summary>The attributes of the mount itself, from both forms of options.</summary>
    public ulong Attributes => AttrSet & ~RecursiveClear | RecursiveSet;

    public bool ReadOnly => (Attributes & MOUNT_ATTR_RDONLY) != 0;

    /// <summary>
    /// The source's flags that a bind with flags of its own clears: every one that <see cref="Table"/> can set belongs here, except the
    /// access times.
    /// </summary>
    private const ulong BindFlags = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC | MOUNT_ATTR_NOSYMFOLLOW;

    public static MountOptions Parse(string[] options)
    {
        MountOptions parsed = new();
        foreach (string option in options)
            parsed.Apply(option);
        parsed.SuperblockFlags = FlagNames(parsed.MsFlags, parsed.MsCleared);
        return parsed;
    }

    /// <summary>All option names, sorted, for <c>features</c>.</summary>
    public static string[] Applied()
    {
        List<string> names = [];
        foreach ((string name, _, _) in Table)
            names.Add(name);
        names.Sort(StringComparer.Ordinal);
        return [.. names];
    }

    private void Apply(string option)
    {
        foreach ((string name, Effect effect, ulong bits) in Table)
            if (name == option)
            {
                Apply(effect, bits);
                return;
            }
        // Another runtime's spelling, which includes the mapping.
        if (option.StartsWith("idmap=", StringComparison.Ordinal))
            IdMap = true;
        else if (option.StartsWith("ridmap=", StringComparison.Ordinal))
            RIdMap = true;
        else
            AddData(option);
    }

    /// <summary>
    /// mount(2) takes one text that the kernel splits at commas, so callers write several options as one; fsconfig(2) takes them one by
    /// one. A comma in quotes (SELinux contexts) or after a backslash (overlay's directories) does not split.
    /// </summary>
    private void AddData(string option)
    {
        int start = 0;
        bool quoted = false;
        for (int i = 0; i <= option.Length; i++)
        {
            if (i < option.Length && option[i] == '"')
                quoted = !quoted;
            if (i < option.Length && (option[i] != ',' || quoted || (i > 0 && option[i - 1] == '\\')))
                continue;
            if (i > start)
                Data = [.. Data, option[start..i]];
            start = i + 1;
        }
    }

    private void Apply(Effect effect, ulong bits)
    {
        HasFlags |= effect is Effect.Set or Effect.Clear or Effect.Atime or Effect.NotAtime or Effect.SuperOn or Effect.SuperOff;
        switch (effect)
        {
            case Effect.Set: (AttrSet, AttrClear) = (AttrSet | bits, AttrClear & ~bits); break;
            case Effect.Clear: (AttrSet, AttrClear) = (AttrSet & ~bits, AttrClear | bits); break;
            case Effect.Atime: (AttrSet, AttrClear) = SetAtime(AttrSet, AttrClear, bits); break;
            case Effect.NotAtime: (AttrSet, AttrClear) = ClearAtime(AttrSet, AttrClear, bits); break;
            case Effect.SetBelow: (RecursiveSet, RecursiveClear) = (RecursiveSet | bits, RecursiveClear & ~bits); break;
            case Effect.ClearBelow: (RecursiveSet, RecursiveClear) = (RecursiveSet & ~bits, RecursiveClear | bits); break;
            case Effect.AtimeBelow: (RecursiveSet, RecursiveClear) = SetAtime(RecursiveSet, RecursiveClear, bits); break;
            case Effect.NotAtimeBelow: (RecursiveSet, RecursiveClear) = ClearAtime(RecursiveSet, RecursiveClear, bits); break;
            case Effect.SuperOn: (MsFlags, MsCleared) = (MsFlags | (uint)bits, MsCleared & ~(uint)bits); break;
            case Effect.SuperOff: (MsFlags, MsCleared) = (MsFlags & ~(uint)bits, MsCleared | (uint)bits); break;
            case Effect.Propagate: Propagation = [.. Propagation, (uint)bits]; break;
            case Effect.Bind: (IsBind, Recursive) = (true, Recursive || bits != 0); break;
            case Effect.Remount: Remount = true; break;
            case Effect.TmpCopyUp: TmpCopyUp = true; break;
            case Effect.IdMap: IdMap = true; break;
            case Effect.RIdMap: RIdMap = true; break;
            case Effect.CopySymlink: CopySymlink = true; break;
            case Effect.SourceNoFollow: SourceNoFollow = true; break;
            case Effect.DestinationNoFollow: DestinationNoFollow = true; break;
        }
    }

    private static (ulong, ulong) SetAtime(ulong set, ulong clear, ulong value)
        => (set & ~MOUNT_ATTR__ATIME | value, clear | MOUNT_ATTR__ATIME);

    /// <summary>
    /// <c>atime</c> undoes <c>noatime</c> but not <c>strictatime</c>, and so on; the result is the kernel's default, relatime.
    /// </summary>
    private static (ulong, ulong) ClearAtime(ulong set, ulong clear, ulong value)
    {
        bool isUnset = (clear & MOUNT_ATTR__ATIME) == 0, isThatOne = (set & MOUNT_ATTR__ATIME) == value;
        return isUnset || isThatOne ? SetAtime(set, clear, MOUNT_ATTR_RELATIME) : (set, clear);
    }

    private static string[] FlagNames(uint set, uint cleared)
    {
        string[] names = [];
        foreach ((uint flag, string on, string? off) in FsConfigNames)
            if ((set & flag) != 0)
                names = [.. names, on];
            else if ((cleared & flag) != 0 && off is not null)
                names = [.. names, off];
        return names;
    }

    private static readonly (uint, string, string?)[] FsConfigNames =
    [
        (MS_SYNCHRONOUS, "sync", "async"),
        (MS_DIRSYNC, "dirsync", null),
        (MS_MANDLOCK, "mand", "nomand"),
        (MS_LAZYTIME, "lazytime", "nolazytime"),
    ];
}
