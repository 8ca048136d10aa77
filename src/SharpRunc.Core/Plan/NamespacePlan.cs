using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Plan;

/// <summary>
/// Who makes or joins which namespace, and when. Decided by the table in <see cref="From"/>; the parent and the child only follow it.
/// </summary>
internal sealed class NamespacePlan
{
    /// <summary>CLONE_NEW… for clone3 itself.</summary>
    public ulong CloneFlags { get; private init; }

    /// <summary>The PID namespace is one by path, and others are in it.</summary>
    public bool JoinsPid { get; private init; }

    /// <summary>
    /// The PID namespace joined by path after the createContainer hooks, which are the host's programs: those inside do not see them. Index into
    /// linux.namespaces, or −1.
    /// </summary>
    public int JoinPidLate { get; private init; } = -1;

    /// <summary>Namespaces joined by path while the child still has the runtime's privileges. Indices into linux.namespaces.</summary>
    public int[] JoinFirst { get; private init; } = [];

    /// <summary>Namespaces joined by path once the child is root of its user namespace: an ordinary user's runtime had no privilege over them before.</summary>
    public int[] JoinLast { get; private init; } = [];

    /// <summary>A user namespace joined by path. Index into linux.namespaces, or −1.</summary>
    public int JoinUser { get; private init; } = -1;

    /// <summary>CLONE_NEWUSER, alone, once the paths are joined; 0 when clone3 made it or there is none.</summary>
    public ulong UnshareUser { get; private init; }

    /// <summary>CLONE_NEW… unshared by the child when it is root of its user namespace.</summary>
    public ulong Unshare { get; private init; }

    /// <summary>A new PID namespace after a user namespace was joined or unshared takes effect in the next child only.</summary>
    public bool SecondClone { get; private init; }

    /// <summary>CLONE_NEWCGROUP is unshared after the cgroup was joined, so that it is the namespace's root.</summary>
    public bool NewCgroup { get; private init; }

    /// <summary>The child runs in a user namespace that is not the runtime's, however it got there.</summary>
    public bool HasUser { get; private init; }

    /// <summary>The child's user namespace is new: the parent writes its maps.</summary>
    public bool NewUser { get; private init; }

    public bool NewTime { get; private init; }

    public bool NewNetwork { get; private init; }

    /// <summary>The container has a mount namespace of its own or one by path: the host's mounts are not touched.</summary>
    public bool HasMount { get; private init; }

    /// <summary>The container's mounts can be made: in its own namespace, or in the runtime's, which belongs to no user namespace below it.</summary>
    public bool MayMount => HasMount || !HasUser;

    /// <summary>A mount namespace by path, which others are in and which outlives the container.</summary>
    public bool JoinsMount { get; private init; }

    public bool HasPid { get; private init; }

    /// <summary>The init is the first process of its PID namespace: killing it kills all.</summary>
    public bool NewPid { get; private init; }

    // Namespaces whose creation takes long or must come later: the child unshares them while the parent goes on. With a new user
    // namespace IPC is one of them: the root of its mqueue belongs to who makes it, and that must be the mapped root.
    private const ulong Late = CLONE_NEWNET | CLONE_NEWTIME | CLONE_NEWCGROUP;

    /// <summary>
    /// user none:               clone3 makes all but the late ones, the child joins paths.
    /// user new, no paths:      the same, with CLONE_NEWUSER in clone3.
    /// user new, with paths:    plain clone; join paths, unshare user, then the rest; second clone for a new PID namespace.
    /// user by path:            plain clone; join paths, setns user, then unshare the rest; second clone for a new PID namespace.
    /// A namespace made before its user namespace belongs to the wrong owner (mounting proc is then EPERM), hence the order.
    /// An ordinary user's runtime may join nothing itself: all paths come after the user namespace. A PID namespace by path is joined as any
    /// other, which takes effect in the child's child: at the end of the last mile that one is born inside. It is joined late, unless only the
    /// privileges that are left behind with a user namespace allow it.
    /// </summary>
    /// <param name="unprivileged">The runtime is not root, not even of a user namespace.</param>
    /// <param name="userOwnsPid">Both are by path, and the root of the one may join the other.</param>
    public static NamespacePlan From(ReadOnlySpan<Namespace> namespaces, bool unprivileged = false, bool userOwnsPid = false)
    {
        ulong made = 0, has = 0;
        int user = -1, pid = -1;
        List<int> joined = [];
        for (int i = 0; i < namespaces.Length; i++)
        {
            ulong flag = Flag(namespaces[i].Type);
            has |= flag;
            if (namespaces[i].Path is null)
                made |= flag;
            else if (flag == CLONE_NEWUSER)
                user = i;
            else if (flag == CLONE_NEWPID)
                pid = i;
            else
                joined.Add(i);
        }
        // The mount namespace last: joining it may take the privilege over the others away.
        for (int i = 0; i < joined.Count - 1; i++)
            if (namespaces[joined[i]].Type == NamespaceType.Mount)
                (joined[i], joined[i + 1]) = (joined[i + 1], joined[i]);

        bool newUser = (made & CLONE_NEWUSER) != 0;
        bool isPidLate = pid >= 0 && (unprivileged || userOwnsPid || user < 0 && !newUser);
        if (pid >= 0 && !isPidLate)
            joined.Insert(0, pid);
        bool joinsLast = unprivileged && joined.Count > 0;
        bool stepwise = user >= 0 || newUser && (joined.Count > 0 || pid >= 0);
        ulong rest = made & ~(CLONE_NEWUSER | CLONE_NEWCGROUP), late = newUser ? Late | CLONE_NEWIPC : Late;
        return new()
        {
            CloneFlags = stepwise ? 0 : made & ~late,
            JoinsPid = pid >= 0,
            JoinPidLate = isPidLate ? pid : -1,
            JoinFirst = joinsLast ? [] : [.. joined],
            JoinLast = joinsLast ? [.. joined] : [],
            JoinUser = user,
            UnshareUser = stepwise && newUser ? CLONE_NEWUSER : 0,
            Unshare = stepwise ? rest : rest & late,
            SecondClone = stepwise && (made & CLONE_NEWPID) != 0,
            NewCgroup = (made & CLONE_NEWCGROUP) != 0,
            HasUser = newUser || user >= 0,
            NewUser = newUser,
            NewTime = (made & CLONE_NEWTIME) != 0,
            NewNetwork = (made & CLONE_NEWNET) != 0,
            HasMount = (has & CLONE_NEWNS) != 0,
            JoinsMount = (has & ~made & CLONE_NEWNS) != 0,
            HasPid = (has & CLONE_NEWPID) != 0,
            NewPid = (made & CLONE_NEWPID) != 0,
        };
    }

    /// <summary>namespaces(7): the CLONE_NEW… flag of a type.</summary>
    public static ulong Flag(NamespaceType type) => type switch
    {
        NamespaceType.Pid => CLONE_NEWPID,
        NamespaceType.Network => CLONE_NEWNET,
        NamespaceType.Mount => CLONE_NEWNS,
        NamespaceType.Ipc => CLONE_NEWIPC,
        NamespaceType.Uts => CLONE_NEWUTS,
        NamespaceType.User => CLONE_NEWUSER,
        NamespaceType.Cgroup => CLONE_NEWCGROUP,
        _ => CLONE_NEWTIME,
    };
}
