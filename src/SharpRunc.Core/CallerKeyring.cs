using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>
/// The caller's session keyring, which the runtime and its hooks have. A process may replace its parent's (KEYCTL_SESSION_TO_PARENT), and a
/// runtime that stays is the parent of the container's processes.
/// </summary>
internal static class CallerKeyring
{
    // Two, so that one of them is not our own id; in most user namespaces both are mapped.
    private const uint OneGroup = 1, OtherGroup = 2;

    /// <summary>What it was before the container's program could run; 0: the container's processes are not our children.</summary>
    public static int Number { get; private set; }

    /// <summary>
    /// Call before a program of the container can run. The kernel refuses the replacement if the parent's group ids differ among
    /// themselves; the saved one has no other effect on the runtime, and execve resets it. An ordinary user cannot set it. So a hook, too,
    /// compares the number, in its own process: that is no parent of the container's.
    /// </summary>
    public static void Protect()
    {
        _ = Sys.TrySetSavedGid(Sys.GetEgid() == OneGroup ? OtherGroup : OneGroup);
        Number = Sys.TrySessionKeyring(out _);
    }

    /// <summary>For the clone, which is nobody's parent: prlimit(2) from the runtime asks for equal group ids.</summary>
    public static void Release() => _ = Sys.TrySetSavedGid(Sys.GetEgid());
}
