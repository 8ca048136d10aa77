using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Plan;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Which process makes or joins which namespace, and when. The table in <see cref="From"/> decides; the parent and the child only follow
/// it.
/// </summary>
internal sealed class NamespacePlan
{
    /// <summary>linux.namespaces, which the indices here refer to.</summary>
    public Namespace[] Listed { get; private init; } = [];

    /// <summary>CLONE_NEW… flags for clone3.</summary>
    public ulong CloneFlags { get; private init; }

    /// <summary>The PID namespace is joined by path, and has other processes.</summary>
    public bool JoinsPid { get; private init; }

    /// <summary>
    /// The PID namespace that is joined by path after the createContainer hooks. These are programs of the host, and processes inside must
    /// not see them. Index into linux.namespaces, or −1.
    /// </summary>
    public int JoinPidLate { get; private init; } = -1;

    /// <summary>Namespaces joined by path while the child still has the runtime's privileges. Indices into linux.namespaces.</summary>
    public int[] JoinFirst { get; private init; } = [];

    /// <summary>
    /// Namespaces joined by path once the child is root of its user namespace: an ordinary user's runtime has no privilege over them
    /// before. Indices into linux.namespaces.
    /// </summary>
    public int[] JoinLast { get; private init; } = [];

    /// <summary>A user namespace joined by path. Index into linux.namespaces, or −1.</summary>
    public int JoinUser { get; private init; } = -1;

    /// <summary>CLONE_NEWUSER, unshared alone after the paths are joined; 0 if clone3 makes the user namespace or there is none.</summary>
    public ulong UnshareUser { get; private init; }

    /// <summary>CLONE_NEW… flags that the child unshares once it is root of its user namespace.</summary>
    public ulong Unshare { get; private init; }

    /// <summary>A PID namespace made after a user namespace was joined or unshared takes effect only in the next child.</summary>
    public bool SecondClone { get; private init; }

    /// <summary>CLONE_NEWCGROUP is unshared after the cgroup was joined, so that this cgroup is the namespace's root.</summary>
    public bool NewCgroup { get; private init; }

    /// <summary>The container has a cgroup namespace of its own, or another container's by path.</summary>
    public bool HasCgroup { get; private init; }

    /// <summary>The child runs in a user namespace that is not the runtime's, whether new or joined.</summary>
    public bool HasUser { get; private init; }

    /// <summary>The child's user namespace is new: the parent writes its maps.</summary>
    public bool NewUser { get; private init; }

    public bool NewTime { get; private init; }

    public bool NewNetwork { get; private init; }

    /// <summary>The container has a private mount namespace or one by path: the host's mounts are not changed.</summary>
    public bool HasMount { get; private init; }

    /// <summary>The container's mounts can be made: in its own mount namespace, or in the runtime's if it has no user namespace.</summary>
    public bool MayMount => HasMount || !HasUser;

    /// <summary>The mount namespace is one by path: other processes are in it, and it outlives the container.</summary>
    public bool JoinsMount { get; private init; }

    public bool HasPid { get; private init; }

    public bool HasNetwork { get; private init; }

    public bool HasIpc { get; private init; }

    /// <summary>The init is process 1 of its PID namespace: killing it kills all processes in it.</summary>
    public bool NewPid { get; private init; }

    // Namespaces that take long to create or must come later: the child unshares them while the parent continues. With a new user namespace
    // IPC is one of them: the root of its mqueue belongs to its creator, which must be the mapped root.
    private const ulong Late = CLONE_NEWNET | CLONE_NEWTIME | CLONE_NEWCGROUP;

    /// <summary>
    /// user none:               clone3 makes all but the late ones, the child joins paths.
    /// user new, no paths:      the same, with CLONE_NEWUSER in clone3.
    /// user new, with paths:    plain clone; join paths, unshare user, then the rest; second clone for a new PID namespace.
    /// user by path:            plain clone; join paths, setns user, then unshare the rest; second clone for a new PID namespace.
    /// A namespace made before its user namespace belongs to the wrong owner (mounting proc then fails with EPERM), hence the order.
    /// An ordinary user's runtime may join nothing itself, so all paths come after the user namespace. A PID namespace by path is joined
    /// like any other, which takes effect in the child's child: that is born inside at the end of the last mile. It is joined late, unless
    /// only the privileges that are lost with entering a user namespace allow it.
    /// </summary>
    /// <param name="unprivileged">The runtime is not root, not even of a user namespace.</param>
    /// <param name="userOwnsPid">Both are by path, and root of that user namespace may join the PID namespace.</param>
    public static NamespacePlan From(Namespace[] namespaces, bool unprivileged = false, bool userOwnsPid = false)
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
        // The mount namespace last: joining it may remove the privilege over the others.
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
            Listed = namespaces,
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
            HasCgroup = (has & CLONE_NEWCGROUP) != 0,
            HasUser = newUser || user >= 0,
            NewUser = newUser,
            NewTime = (made & CLONE_NEWTIME) != 0,
            NewNetwork = (made & CLONE_NEWNET) != 0,
            HasMount = (has & CLONE_NEWNS) != 0,
            JoinsMount = (has & ~made & CLONE_NEWNS) != 0,
            HasPid = (has & CLONE_NEWPID) != 0,
            HasNetwork = (has & CLONE_NEWNET) != 0,
            HasIpc = (has & CLONE_NEWIPC) != 0,
            NewPid = (made & CLONE_NEWPID) != 0,
        };
    }

    /// <summary>namespaces(7): returns the CLONE_NEW… flag of a type.</summary>
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
