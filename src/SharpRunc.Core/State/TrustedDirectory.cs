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
            RequireUnshared(inode, path, name);
    }

    /// <summary>Checks an entry that is a directory: no other user may write to it, sticky or not.</summary>
    public static void RequireOwn(Fd directory, string path, string name)
    {
        Inode inode = Inode.Of(directory, path);
        RequireOwner(inode, path, name);
        RequireUnshared(inode, path, name);
    }

    /// <summary>
    /// Checks what a path names: no other user created it, or can replace it. A missing entry is reported by the caller that opens the
    /// path.
    /// </summary>
    /// <param name="name">What the entry is, for the message: "the console socket".</param>
    /// <exception cref="ContainerException">Another user owns it, or may write to the directory.</exception>
    public static void RequireEntry(string path, string name)
    {
        using Fd? directory = Parent(path, out string parent, out string entry);
        if (directory is null)
            return;
        RequireAbove(parent, name);
        Require(directory, parent, name + "'s directory");
        RequireEntryNotForeign(directory, entry, path, name);
    }

    /// <summary>
    /// As <see cref="RequireEntry"/>, but the directory may belong to another user or a group: root may be called by a user who works in a
    /// directory of their own.
    /// </summary>
    /// <param name="isOpen">The directory may even be writable for everybody.</param>
    /// <returns>Whether another user may put a link there in the meantime, so that links must not be followed.</returns>
    public static bool RequireEntryNotForeign(string path, string name, bool isOpen = false)
    {
        if (!isOpen)
            RequireAbove(path, name);
        using Fd? directory = Parent(path, out string parent, out string entry);
        if (directory is null)
            return false;
        if (!isOpen)
            RequireNotOpen(Inode.Of(directory, parent), parent, name + "'s directory");
        return RequireEntryNotForeign(directory, entry, path, name);
    }

    /// <summary>
    /// A user who can replace a directory further up controls all that is below. A directory that belongs to a single other user is
    /// accepted: root may be called by a user who works in a directory of their own.
    /// </summary>
    private static void RequireAbove(string path, string name)
    {
        for (int slash = path.IndexOf('/', 1); slash > 0; slash = path.IndexOf('/', slash + 1))
        {
            using Fd? directory = Parent(path[..slash], out string parent, out string entry);
            if (directory is null)
                return; // a missing directory is created by us, or reported
            Inode inode = Inode.Of(directory, parent);
            RequireNotOpen(inode, parent, $"a directory above {name},");
            if (!IsSticky(inode) || !IsShared(inode))
                continue;
            using Fd? there = Sys.TryOpenAt(directory, entry, O_PATH | O_NOFOLLOW, out _);
            if (there is null)
                continue;
            Inode owned = Inode.Of(there, path);
            if (!IsUnmapped(owned))
                RequireOwner(owned, path[..slash], $"a directory above {name},");
        }
    }

    /// <summary>Not open to everybody: in a sticky directory others cannot replace what is there.</summary>
    private static void RequireNotOpen(Inode inode, string path, string name)
    {
        if ((inode.Mode & (OthersMayWrite | Sticky)) == OthersMayWrite)
            throw Shared(inode, path, name);
    }

    /// <summary>In a user namespace made by an engine the host's root cannot be told from its other users.</summary>
    private static bool IsUnmapped(Inode inode) => inode.Uid == OverflowUid && UserNamespace.IsNested();

    /// <summary>Checks an entry of a sticky directory. In any other, a user with write permission controls every entry.</summary>
    private static bool RequireEntryNotForeign(Fd directory, string entry, string path, string name)
    {
        Inode inode = Inode.Of(directory, path);
        if (!IsSticky(inode) || !IsShared(inode))
            return false;
        using Fd? there = Sys.TryOpenAt(directory, entry, O_PATH | O_NOFOLLOW, out _);
        if (there is null)
            return true;
        Inode found = Inode.Of(there, path);
        RequireOwner(found, path, name); // the owner of a link decides where it leads, and no other user can replace it
        return found.Type != S_IFLNK;
    }

    private static Fd? Parent(string path, out string parent, out string entry)
    {
        path = path.Length > 1 ? path.TrimEnd('/') : path;
        int slash = path.LastIndexOf('/');
        parent = slash switch
        {
            < 0 => ".",
            0 => "/",
            _ => path[..slash],
        };
        entry = path[(slash + 1)..];
        return Sys.TryOpenAt(Fd.Cwd, parent, O_PATH | O_DIRECTORY, out _);
    }

    private static void RequireOwner(Inode inode, string path, string name)
    {
        if (inode.Uid != 0 && inode.Uid != Sys.GetEuid())
            throw new ContainerException($"{name} {path} belongs to user {inode.Uid}") { Hint = "it must be the caller's own or root's" };
    }

    private static void RequireUnshared(Inode inode, string path, string name)
    {
        if (IsShared(inode))
            throw Shared(inode, path, name);
    }

    private static ContainerException Shared(Inode inode, string path, string name)
    {
        string mode = System.Convert.ToString(inode.Mode, 8);
        string shared = $"{name} {path} can be written to by other users (mode {mode}, group {inode.Gid})";
        return new(shared) { Hint = "chmod go-w" };
    }

    private static bool IsSticky(Inode inode) => (inode.Mode & Sticky) != 0;

    /// <summary>Whether others may write to it. By convention an ordinary user's own group has no other members.</summary>
    private static bool IsShared(Inode inode)
        => (inode.Mode & OthersMayWrite) != 0 || (inode.Mode & GroupMayWrite) != 0 && inode.Gid != 0 && inode.Gid != Sys.GetEgid();
}
