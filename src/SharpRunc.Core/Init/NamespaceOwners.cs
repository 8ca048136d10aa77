using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>
/// The owners of a container's namespaces. Its init may join others later, and an unprivileged program can create a user namespace and be
/// root in it. A process that joined that user namespace, and the mount namespace that it owns, would run what the program put there. So
/// create records the user namespace and the owners of the others, and exec joins only namespaces with these owners.
/// </summary>
internal static class NamespaceOwners
{
    private const string Changed = "the init controls that namespace: exec would hand it the privileges of its process";

    /// <summary>
    /// Returns the owners of the namespaces by path that the container's user namespace does not own. Owners above the runtime's are left
    /// out, as they are for exec.
    /// </summary>
    /// <param name="fds">By index of <paramref name="listed"/>; null for an entry without a path.</param>
    public static KeyValuePair<string, string>[] Foreign(Namespace[] listed, Fd?[] fds, string user)
    {
        List<KeyValuePair<string, string>> owners = [];
        for (int i = 0; i < listed.Length; i++)
        {
            if (fds[i] is not { } fd || listed[i].Type == NamespaceType.User)
                continue;
            string? owner = NamespaceId.OwnerOf(fd, listed[i].Path!)?.ToString();
            if (owner is not null && owner != user)
                owners.Add(new(FileName(listed[i].Type), owner));
        }
        return [.. owners];
    }

    /// <summary>
    /// Checks the owners in a process that has joined the namespaces: they cannot change any more, whatever the init does.
    /// </summary>
    /// <param name="own">/proc/self/ns of this process, opened while /proc was the host's.</param>
    public static void Require(ExecPlan plan, Fd own)
    {
        if (FindForeign(plan.UserNamespace, plan.ForeignOwners, plan.Listed, own, hasJoined: true) is { } what)
            throw new ContainerException(ErrorCode.NamespaceChanged, $"cannot exec: the container's init {what}") { Hint = Changed };
    }

    /// <summary>What the process is in that the container was not created with; null: nothing.</summary>
    /// <param name="user">As recorded; null: by a version that did not.</param>
    /// <param name="namespaces">/proc/PID/ns of the process.</param>
    /// <param name="hasJoined">It has joined the namespaces, and its children will be in those of PIDs and time.</param>
    public static string? FindForeign(
        string? user, KeyValuePair<string, string>[] foreign, Namespace[] listed, Fd namespaces, bool hasJoined)
    {
        if (user is null)
            return null;
        NamespaceId recorded = NamespaceId.Parse(user);
        using (Fd own = Sys.OpenAt(namespaces, "user", O_RDONLY))
            if (NamespaceId.Of(own, "user") != recorded)
                return "is in a different user namespace from the one it was created in";
        foreach (Namespace entry in listed)
        {
            if (entry.Type == NamespaceType.User)
                continue;
            string name = FileName(entry.Type);
            using Fd ns = Sys.OpenAt(namespaces, hasJoined && name is ("pid" or "time") ? name + "_for_children" : name, O_RDONLY);
            if (NamespaceId.OwnerOf(ns, name) is { } owner && owner != (RecordedOwner(foreign, name) ?? recorded))
                return $"is in a {entry.Name} namespace of a different user namespace from the one it was created with";
        }
        return null;
    }

    private static NamespaceId? RecordedOwner(KeyValuePair<string, string>[] owners, string name)
    {
        foreach ((string type, string owner) in owners)
            if (type == name)
                return NamespaceId.Parse(owner);
        return null;
    }

    /// <summary>The name below /proc/PID/ns.</summary>
    public static string FileName(NamespaceType type) => type switch
    {
        NamespaceType.Pid => "pid",
        NamespaceType.Network => "net",
        NamespaceType.Mount => "mnt",
        NamespaceType.Ipc => "ipc",
        NamespaceType.Uts => "uts",
        NamespaceType.User => "user",
        NamespaceType.Cgroup => "cgroup",
        _ => "time",
    };
}
