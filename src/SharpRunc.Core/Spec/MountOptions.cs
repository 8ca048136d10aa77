using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Spec;

/// <summary>
/// What a mount's <c>options</c> ask for (config.md#linux-mount-options), a value that is decided before any mount is made. Later options win
/// over earlier ones. Names and effects are in MountOptionTable.cs.
/// </summary>
internal sealed partial class MountOptions
{
    /// <summary>MOUNT_ATTR_… for this mount alone. When an atime option was given, <c>AttrClear</c> has all of MOUNT_ATTR__ATIME, as mount_setattr(2) wants.</summary>
    public ulong AttrSet { get; private set; }

    public ulong AttrClear { get; private set; }

    /// <summary>The same for this mount and all below it (AT_RECURSIVE): <c>rro</c> and its like.</summary>
    public ulong RecursiveSet { get; private set; }

    public ulong RecursiveClear { get; private set; }

    /// <summary><c>bind</c> or <c>rbind</c>; the type does not make a bind.</summary>
    public bool IsBind { get; private set; }

    /// <summary><c>rbind</c>.</summary>
    public bool Recursive { get; private set; }

    public bool Remount { get; private set; }

    /// <summary>MS_SHARED, MS_SLAVE, MS_PRIVATE or MS_UNBINDABLE, each with MS_REC for its r-form, in the order given.</summary>
    public uint[] Propagation { get; private set; } = [];

    /// <summary>
    /// The superblock's MS_… flags for mount(2). MS_I_VERSION, MS_SILENT and MS_POSIXACL have no name in fsconfig(2): they say how a file system
    /// or its messages behave by default, and file systems made with fsopen(2) behave that way or cannot be told.
    /// </summary>
    public uint MsFlags { get; private set; }

    /// <summary>
    /// The same as flags for fsconfig(2): sync, dirsync, mand, lazytime. <c>ro</c> is not among them: it is the mount's attribute, so that a tmpfs
    /// can still be filled; a file system on a read-only block device needs it here too.
    /// </summary>
    public string[] SuperblockFlags { get; private set; } = [];

    /// <summary>Everything else, for the file system itself: <c>key=value</c> or a flag.</summary>
    public string[] Data { get; private set; } = [];

    /// <summary>A value is longer than the 255 bytes that fsconfig(2) takes (overlay's lowerdir, SELinux contexts).</summary>
    public bool HasLongData => Array.Exists(Data, static option => option.Length > 255);

    public bool TmpCopyUp { get; private set; }

    /// <summary><c>idmap</c>; never given to the kernel as text.</summary>
    public bool IdMap { get; private set; }

    /// <summary><c>ridmap</c>.</summary>
    public bool RIdMap { get; private set; }

    /// <summary><c>copy-symlink</c>, <c>src-nofollow</c>, <c>dest-nofollow</c>: extensions of another runtime.</summary>
    public bool Symlinks { get; private set; }

    public bool ReadOnly => (AttrSet & MOUNT_ATTR_RDONLY) != 0;

    public static MountOptions Parse(string[] options)
    {
        MountOptions parsed = new();
        foreach (string option in options)
            parsed.Apply(option);
        parsed.SuperblockFlags = FlagNames(parsed.MsFlags);
        return parsed;
    }

    /// <summary>The options that do what they say, sorted; for <c>features</c>.</summary>
    public static string[] Applied()
    {
        List<string> names = [];
        foreach ((string name, Effect effect, _) in Table)
            if (effect is not Effect.Symlinks)
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
        // Another runtime's spelling with the mapping inside.
        if (option.StartsWith("idmap=", StringComparison.Ordinal))
            IdMap = true;
        else if (option.StartsWith("ridmap=", StringComparison.Ordinal))
            RIdMap = true;
        else
            AddData(option);
    }

    /// <summary>
    /// mount(2) takes one text that the kernel splits at commas, so callers write several options as one; fsconfig(2) takes them one by one.
    /// A comma in quotes (SELinux contexts) or after a backslash (overlay's directories) does not split.
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
            case Effect.SuperOn: MsFlags |= (uint)bits; break;
            case Effect.SuperOff: MsFlags &= ~(uint)bits; break;
            case Effect.Propagate: Propagation = [.. Propagation, (uint)bits]; break;
            case Effect.Bind: (IsBind, Recursive) = (true, Recursive || bits != 0); break;
            case Effect.Remount: Remount = true; break;
            case Effect.TmpCopyUp: TmpCopyUp = true; break;
            case Effect.IdMap: IdMap = true; break;
            case Effect.RIdMap: RIdMap = true; break;
            case Effect.Symlinks: Symlinks = true; break;
        }
    }

    private static (ulong, ulong) SetAtime(ulong set, ulong clear, ulong value) => (set & ~MOUNT_ATTR__ATIME | value, clear | MOUNT_ATTR__ATIME);

    /// <summary><c>atime</c> takes <c>noatime</c> back but not <c>strictatime</c>, and so on; what is left is the kernel's default, relatime.</summary>
    private static (ulong, ulong) ClearAtime(ulong set, ulong clear, ulong value)
        => (clear & MOUNT_ATTR__ATIME) == 0 || (set & MOUNT_ATTR__ATIME) == value ? SetAtime(set, clear, MOUNT_ATTR_RELATIME) : (set, clear);

    private static string[] FlagNames(uint flags)
    {
        string[] names = [];
        foreach ((uint flag, string name) in FsConfigNames)
            if ((flags & flag) != 0)
                names = [.. names, name];
        return names;
    }

    private static readonly (uint, string)[] FsConfigNames =
        [(MS_SYNCHRONOUS, "sync"), (MS_DIRSYNC, "dirsync"), (MS_MANDLOCK, "mand"), (MS_LAZYTIME, "lazytime")];
}
