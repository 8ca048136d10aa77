using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A directory whose entries we act on must be ours or root's, and no other user may add or remove entries: another user's entry in a state
/// root would be killed, removed and executed with our privileges. In a sticky directory each user has their own entries; there the entry
/// must be ours or root's.
/// </summary>
internal static class TrustedDirectory
{
    private const uint OverflowUid = 65534;
    private const uint GroupMayWrite = 0x10, OthersMayWrite = 0x2, Sticky = 0x200;

    /// <param name="name">What it is, for the message: "the state root".</param>
    /// <exception cref="ContainerException">Another user owns it or may write to it.</exception>
    public static void Require(Fd directory, string path, string name)
    {
        Inode inode = Inode.Of(directory, path);
        RequireOwner(inode, path, name);
        if (!IsSticky(inode))
            RequireUnshared(directory, inode, path, name);
    }

    /// <summary>Checks an entry that is a directory: no other user may write to it, sticky or not.</summary>
    public static void RequireOwn(Fd directory, string path, string name)
    {
        Inode inode = Inode.Of(directory, path);
        RequireOwner(inode, path, name);
        RequireUnshared(directory, inode, path, name);
    }

    /// <summary>Not open to everybody: in a sticky directory others cannot replace what is there.</summary>
    public static void RequireNotOpen(Inode inode, string path, string name)
    {
        if ((inode.Mode & (OthersMayWrite | Sticky)) == OthersMayWrite)
            throw Shared(inode, path, name);
    }

    public static void RequireOwner(Inode inode, string path, string name)
    {
        if (!IsKnownOwn(inode))
            throw new ContainerException(ErrorCode.StateUntrusted, $"{name} {path} belongs to user {inode.Uid}")
            {
                Hint = "it must be the caller's own or root's",
            };
    }

    /// <summary>Ours or root's. In a user namespace made by an engine the host's root cannot be told from its other users.</summary>
    public static bool IsOwn(Inode inode) => IsKnownOwn(inode) || inode.Uid == OverflowUid && UserNamespace.IsNested();

    private static bool IsKnownOwn(Inode inode) => inode.Uid == 0 || inode.Uid == Sys.GetEuid();

    public static bool IsSticky(Inode inode) => (inode.Mode & Sticky) != 0;

    /// <summary>
    /// Whether others may write to it. By convention an ordinary user's own group has no other members. With an ACL the group's bits are
    /// the most that it grants: without the bit, nobody whom it names may write.
    /// </summary>
    public static bool IsShared(Fd directory, Inode inode)
    {
        if ((inode.Mode & OthersMayWrite) != 0)
            return true;
        if ((inode.Mode & GroupMayWrite) == 0)
            return false;
        return inode.Gid != 0 && inode.Gid != Sys.GetEgid() || AccessList.LetsOthersWrite(directory);
    }

    /// <summary>
    /// Whether no other user can put something else in the place of an entry. In /tmp not even what may be the host's root's passes for it.
    /// </summary>
    public static bool IsFixed(Fd directory, Inode inode, Inode entry)
        => IsOwn(inode) && (!IsShared(directory, inode) || IsSticky(inode) && IsKnownOwn(entry));

    /// <summary>Why not.</summary>
    public static ContainerException Exchangeable(Inode inode, string path, string name)
    {
        RequireOwner(inode, path, name);
        return Shared(inode, path, name);
    }

    /// <summary>
    /// Where protected_hardlinks is off, others can give any file of ours another name in a directory that they may write to, sticky or
    /// not.
    /// </summary>
    public static void RequireOneName(Fd directory, Inode inode, Inode file, string path, string name)
    {
        bool isOthers = !IsOwn(inode) || IsShared(directory, inode);
        if (isOthers && file is { Type: S_IFREG, Links: > 1 })
            throw new ContainerException(
                ErrorCode.StateUntrusted, $"{name} {path} has another name, too, and may be a file that is not meant");
    }

    public static ContainerException Shared(Inode inode, string path, string name)
    {
        string mode = Convert.ToString(inode.Mode, 8);
        string shared = $"{name} {path} can be written to by other users (mode {mode}, group {inode.Gid})";
        return new(ErrorCode.StateUntrusted, shared) { Hint = "chmod go-w" };
    }

    private static void RequireUnshared(Fd directory, Inode inode, string path, string name)
    {
        if (IsShared(directory, inode))
            throw Shared(inode, path, name);
    }
}

/// <summary>acl(5), as the kernel stores it: a version, then entries of a tag, permissions and an id.</summary>
internal static class AccessList
{
    private const string Attribute = "system.posix_acl_access";
    private const int HeaderSize = 4, EntrySize = 8;
    private const ushort User = 0x2, Group = 0x8;
    private const ushort MayWrite = 0x2;

    /// <summary>Whether a user or group that it names may write, other than root and the caller.</summary>
    public static bool LetsOthersWrite(Fd file)
        => Sys.TryGetXattrByPath(file, Attribute) is { } list && LetsOthersWrite(list, Sys.GetEuid(), Sys.GetEgid());

    public static bool LetsOthersWrite(ReadOnlySpan<byte> list, uint uid, uint gid)
    {
        for (int at = HeaderSize; at + EntrySize <= list.Length; at += EntrySize)
        {
            ushort tag = BitConverter.ToUInt16(list[at..]), permissions = BitConverter.ToUInt16(list[(at + 2)..]);
            uint id = BitConverter.ToUInt32(list[(at + 4)..]);
            bool isOthers = tag == User && id != uid || tag == Group && id != gid;
            if (isOthers && id != 0 && (permissions & MayWrite) != 0)
                return true;
        }
        return false;
    }
}

/// <summary>Directories that were made of a path, each by its name in the one above, so that they can be taken back.</summary>
internal sealed class MadeDirectories : IDisposable
{
    private const uint Mode = Modes.O700;

    private readonly List<(Fd Parent, string Name)> made = [];

    public void Dispose()
    {
        foreach ((Fd parent, _) in made)
            parent.Dispose();
        made.Clear();
    }

    /// <summary>Somebody else may have made it first.</summary>
    public SysError TryMake(Fd parent, string name)
    {
        SysError error = Sys.TryMkdirAt(parent, name, Mode);
        if (!error.Failed)
            made.Add((Sys.OpenAt(parent, ".", O_PATH | O_DIRECTORY), name));
        return error.Errno == EEXIST ? default : error;
    }

    /// <summary>Those that have come into use since stay.</summary>
    public void Remove()
    {
        for (int i = made.Count - 1; i >= 0; i--)
            _ = Sys.TryUnlinkAt(made[i].Parent, made[i].Name, AT_REMOVEDIR);
    }
}
