using System;
using SharpRunc.Linux;
using Root = SharpRunc.Linux.Root;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The directories in which the runtime makes devices and links. What a path names itself is the config's wish, a volume too; but a link
/// of the image (/dev -> /volume) must not lead into a volume of the host, where these would remain.
/// </summary>
internal static class NodePlace
{
    private const string Dev = "/dev";

    /// <summary>Opens the directory, and makes it if it is missing.</summary>
    /// <param name="pointer">The property that asks for it; null: the default devices do.</param>
    public static Fd Open(RootfsSetup rootfs, string path, string? pointer)
    {
        Root root = rootfs.Root;
        Fd? real = root.FindReal(path, O_DIRECTORY, out SysError error);
        if (real is not null)
            return real;
        if (error.Errno == ENOENT)
            return root.MakeRealDirectory(path);
        if (error.Errno != ELOOP)
            throw error.On(path).ToException();
        Fd? linked = root.Find(path, O_DIRECTORY);
        if (linked is not null && IsAllowed(rootfs, path, Inode.Of(linked, path).MountId))
            return linked;
        linked?.Dispose();
        bool isInDev = IsInDev(path);
        string where = linked is null ? "nowhere" : "into another mount";
        throw new ContainerException(
            ErrorCode.DeviceLink, $"{path}: a symbolic link on the way leads {where}, and devices and links are not made there")
        {
            Pointer = pointer ?? "/mounts",
            Errno = ELOOP,
            Hint = isInDev
                ? "let /dev be a directory of the image, or let the last mount on it be one whose destination is /dev"
                : "name the directory itself",
        };
    }

    /// <summary>Opens the directory of what <paramref name="path"/> names, and returns its name there.</summary>
    public static Fd OpenParent(RootfsSetup rootfs, string path, string? pointer, out string name)
    {
        string clean = LexicalPath.Clean(path);
        name = clean[(clean.LastIndexOf('/') + 1)..];
        return Open(rootfs, Above(clean), pointer);
    }

    /// <summary>
    /// A link may lead about the image, and about the mount that it is in; /dev may lead to what the config mounts there.
    /// </summary>
    private static bool IsAllowed(RootfsSetup rootfs, string path, ulong mount)
    {
        if (mount == Inode.Of(rootfs.Root.Directory, "/").MountId || IsInDev(path) && mount == rootfs.DevMount)
            return true;
        Fd? before = null;
        for (string above = Above(path); before is null; above = Above(above))
        {
            before = rootfs.Root.FindReal(above, O_DIRECTORY, out SysError error);
            if (above == "/")
                error.On(path).ThrowIfFailed();
        }
        using (before)
            return mount == Inode.Of(before, path).MountId;
    }

    private static bool IsInDev(string path) => path == Dev || path.StartsWith(Dev + "/", StringComparison.Ordinal);

    private static string Above(string path)
    {
        int slash = path.LastIndexOf('/');
        return slash <= 0 ? "/" : path[..slash];
    }
}
