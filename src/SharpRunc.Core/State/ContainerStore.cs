using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The state root: one directory per container. A name in it is created with mkdir, never with mkdir -p, and opened without following a
/// link, so a planted symlink is refused.
/// </summary>
internal readonly struct ContainerStore(RuntimeContext context)
{
    /// <summary>Protects the directory from cleaners of $XDG_RUNTIME_DIR.</summary>
    private const uint Sticky = 0x200;
    private const uint RootMode = Modes.O700;
    private const string RootName = "the state root";
    private const uint ContainerMode = Modes.O711;

    /// <summary>Makes the container's directory, and the state root if needed.</summary>
    /// <exception cref="ContainerException">container with given ID already exists.</exception>
    public ContainerDirectory Create(ContainerId id)
    {
        using Fd root = OpenOrMakeRoot();
        SysError error = Sys.TryMkdirAt(root, id.Value, ContainerMode);
        if (error.Errno == EEXIST)
            throw new ContainerException(ErrorCode.ContainerExists, "container with given ID already exists");
        if (error.Failed)
            throw ContainerException.From(ErrorCode.StateUnusable, error.On(PathOf(id)), "cannot create the state directory");
        try
        {
            Fd directory = Sys.OpenAt(root, id.Value, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
            Sys.Fchmod(directory, ContainerMode, PathOf(id)); // undoes the umask
            return new ContainerDirectory(id, PathOf(id), directory);
        }
        catch (SysException e)
        {
            Sys.TryUnlinkAt(root, id.Value, AT_REMOVEDIR);
            throw ContainerException.From(ErrorCode.StateUnusable, e, "cannot create the state directory");
        }
    }

    /// <exception cref="ContainerException">container does not exist.</exception>
    public ContainerDirectory Open(ContainerId id) => TryOpen(id) ?? throw DoesNotExist();

    public ContainerDirectory? TryOpen(ContainerId id)
    {
        string path = PathOf(id);
        using Fd? root = TryOpenRoot(O_PATH, out SysError error);
        Fd? directory = root is null ? null : Sys.TryOpenAt(root, id.Value, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out error);
        if (directory is not null)
        {
            // In a sticky root another user may have created it.
            TrustedDirectory.RequireOwn(directory, path, "the state directory");
            return new ContainerDirectory(id, path, directory);
        }
        return error.Errno switch
        {
            ENOENT => null,
            ELOOP or ENOTDIR => throw new ContainerException(ErrorCode.StateForeign, $"{path} is not a directory of {RuntimeContext.Name}"),
            _ => throw Refused(error.On(path), "cannot open the state directory"),
        };
    }

    /// <summary>Returns the names in the root that could be containers, sorted. A root that was chosen by the user must exist.</summary>
    public List<string> Names()
    {
        using Fd? root = TryOpenRoot(O_RDONLY, out SysError error);
        if (error.Errno == ENOENT && context.RootIsDefault)
            return [];
        if (root is null)
            throw Refused(error, "cannot open the state root");
        List<string> names = Sys.ReadDirectory(root, context.Root);
        names.Sort(string.CompareOrdinal);
        return names;
    }

    public static ContainerGoneException DoesNotExist() => new();

    private string PathOf(ContainerId id) => string.Concat(context.Root, "/", id.Value);

    private static ContainerException Refused(SysError error, string what)
        => ContainerException.From(ErrorCode.StateUnusable, error, what, hint: RootHint(error));

    private Fd OpenOrMakeRoot()
    {
        Fd? root = TryOpenRoot(O_RDONLY, out SysError error);
        if (root is not null)
            return root;
        if (error.Errno != ENOENT)
            throw Refused(error, "cannot open the state root");
        using MadeDirectories made = new();
        root = TrustedPath.TryOpen(context.Root, RootName, O_RDONLY, out error, made)
            ?? throw Refused(error, "cannot create the state root");
        TrustedDirectory.Require(root, context.Root, RootName); // another process may have created it first
        if (context.RootIsRuntimeDir)
            Sys.Fchmod(root, RootMode | Sticky, context.Root);
        return root;
    }

    private Fd? TryOpenRoot(int flags, out SysError error)
    {
        Fd? root = context.RootIsDefault && !context.RootIsRuntimeDir
            ? Sys.TryOpenAt(Fd.Cwd, context.Root, flags | O_DIRECTORY, out error)
            : TrustedPath.TryOpen(context.Root, RootName, flags, out error);
        if (root is not null)
            TrustedDirectory.Require(root, context.Root, RootName);
        return root;
    }

    private static string? RootHint(SysError error)
        => error.Errno is EACCES or EPERM or EROFS ? "set XDG_RUNTIME_DIR, where an ordinary user's states are, or pass --root DIR" : null;
}

/// <summary>Engines recognize this text as a container that is gone.</summary>
internal sealed class ContainerGoneException()
    : ContainerException(ErrorCode.ContainerMissing, "container does not exist");
