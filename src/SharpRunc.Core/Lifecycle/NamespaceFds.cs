using System;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config-linux.md#namespaces: opens and checks the namespaces joined by path before anything is created.</summary>
internal static class NamespaceFds
{
    /// <param name="user">The user namespace by path, if it is open already: its path could lead to another one by now.</param>
    /// <returns>By index; null for an entry without a path.</returns>
    public static Fd?[] Open(Namespace[] namespaces, Fd? user)
    {
        Fd?[] fds = new Fd?[namespaces.Length];
        for (int i = 0; i < namespaces.Length; i++)
            if (namespaces[i].Path is not null)
                fds[i] = namespaces[i].Type == NamespaceType.User && user is not null ? user : Open(namespaces[i], i);
        return fds;
    }

    /// <param name="index">Index into linux.namespaces.</param>
    public static Fd Open(Namespace entry, int index)
    {
        string pointer = $"/linux/namespaces/{index}/path";
        Fd? fd = Sys.TryOpenAt(Fd.Cwd, entry.Path!, O_RDONLY | O_NONBLOCK, out SysError error); // opening a FIFO would block
        if (fd is null)
            throw ContainerException.From(ErrorCode.NamespaceOpen, error, "cannot open the namespace", pointer);
        RequireType(fd, entry, pointer);
        return fd;
    }

    /// <summary>Whether a user namespace by path owns a PID namespace by path; false unless both are by path.</summary>
    public static bool UserOwnsPid(Namespace[] namespaces, Fd?[] fds)
    {
        int user = Array.FindIndex(namespaces, static n => n is { Type: NamespaceType.User, Path: not null });
        int pid = Array.FindIndex(namespaces, static n => n is { Type: NamespaceType.Pid, Path: not null });
        if (user < 0 || pid < 0)
            return false;
        NamespaceId? owner = NamespaceId.OwnerOf(fds[pid]!, namespaces[pid].Path!);
        return owner == NamespaceId.Of(fds[user]!, namespaces[user].Path!);
    }

    /// <summary>Refuses a sysctl for a namespace by path that is the runtime's own, because it would change the host.</summary>
    public static void RequireNoHostSysctls(Spec.Linux linux, Fd?[] fds)
    {
        foreach ((string key, _) in linux.Sysctl)
            for (int i = 0; i < fds.Length; i++)
            {
                if (fds[i] is not { } named)
                    continue;
                Namespace entry = linux.Namespaces[i];
                bool isOfItsType = SysctlRules.OwnerOf(SysctlRules.PathOf(key)) == entry.Type;
                if (isOfItsType && IsOurs(named, entry))
                    throw SysctlRules.Broken(key, $"is not allowed in the host's {entry.Name} namespace ({entry.Path})");
            }
    }

    private static bool IsOurs(Fd named, Namespace entry)
    {
        string name = entry.Type switch
        {
            NamespaceType.Ipc => "ipc",
            NamespaceType.Uts => "uts",
            NamespaceType.Network => "net",
            _ => "user",
        };
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/ns/" + name, O_PATH);
        Inode ours = Inode.Of(own, name), its = Inode.Of(named, entry.Path!);
        return ours.Number == its.Number && ours.Device == its.Device;
    }

    /// <summary>"The runtime MUST generate an error if path is not associated with a namespace of type type".</summary>
    private static void RequireType(Fd fd, Namespace entry, string pointer)
    {
        if (Sys.TryNamespaceType(fd, entry.Path!) != (int)NamespacePlan.Flag(entry.Type))
            throw new ContainerException(ErrorCode.NamespaceNone, $"cannot join the {entry.Name} namespace: {entry.Path} is not one")
            {
                Pointer = pointer,
                Errno = EINVAL,
                Hint = "the path must be a namespace of that type",
            };
    }
}
