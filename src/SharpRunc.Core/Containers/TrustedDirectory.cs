using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>
/// A directory whose entries we act on is ours or root's, and nobody else may put an entry there or take one away: what another user writes into a
/// state root is killed, removed and executed in our name. Only the directory itself is looked at: whoever may replace it can put there only one of their own.
/// </summary>
internal static class TrustedDirectory
{
    private const uint GroupMayWrite = 0x10, OthersMayWrite = 0x2, Sticky = 0x200;

    /// <param name="name">What it is, for the message: "the state root".</param>
    /// <exception cref="ContainerException">Another user owns it or may write to it.</exception>
    public static void Require(Fd directory, string path, string name)
    {
        Inode inode = Inode.Of(directory, path);
        if (inode.Uid != 0 && inode.Uid != Sys.GetEuid())
            throw new ContainerException($"{name} {path} belongs to user {inode.Uid}") { Hint = "it must be the caller's own or root's" };
        // An ordinary user's own group is by custom nobody else's; in a sticky directory each may remove their own entries only.
        bool isWritable = (inode.Mode & OthersMayWrite) != 0 || (inode.Mode & GroupMayWrite) != 0 && inode.Gid != 0 && inode.Gid != Sys.GetEgid();
        if (isWritable && (inode.Mode & Sticky) == 0)
            throw new ContainerException($"{name} {path} can be written to by other users (mode {System.Convert.ToString(inode.Mode, 8)}, group {inode.Gid})") { Hint = "chmod go-w" };
    }

    /// <summary>Of the directory that a path names an entry of. One that is missing is for whoever opens the path to tell.</summary>
    public static void RequireParent(string path, string name)
    {
        int slash = path.LastIndexOf('/');
        string parent = slash < 0 ? "." : slash == 0 ? "/" : path[..slash];
        using Fd? directory = Sys.TryOpenAt(Fd.Cwd, parent, O_PATH | O_DIRECTORY, out _);
        if (directory is not null)
            Require(directory, parent, name);
    }
}
