using SharpRunc.Core.Plan;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Security;

/// <summary>A private session keyring for the container, so that the caller's keys cannot be read.</summary>
internal static class Keyring
{
    // keyctl_setperm(3): search for the possessor's user. Inside a user namespace the owner is mapped, so "other" gets it.
    private const nint UserSearch = 0x80000, OtherSearch = 0x8;

    public static void Join(ProcessPlan plan)
    {
        if (plan.NoNewKeyring)
            return;
        Labels.SetForKeys(plan, plan.Process?.SelinuxLabel ?? "");
        int ring = Sys.TrySessionKeyring(Name(plan.Id));
        Labels.SetForKeys(plan, "");
        if (ring == -ENOSYS)
            return; // a kernel without keyrings has no keys to protect
        if (ring < 0)
            throw new SysException("keyctl", "join session keyring", -ring);
        if (plan is not InitPlan)
            return; // the init has set the permissions
        LetExecFind(ring, plan.HasUser);
    }

    /// <summary>For restore: processes made by criu inherit the keyring of the process that starts criu.</summary>
    public static void Join(string id, bool hasUser)
    {
        int ring = Sys.TrySessionKeyring(Name(id));
        if (ring >= 0)
            LetExecFind(ring, hasUser);
        else if (ring != -ENOSYS)
            throw new SysException("keyctl", "join session keyring", -ring);
    }

    private static string Name(string id) => "_ses." + id;

    private static void LetExecFind(int ring, bool hasUser)
    {
        nint description = Sys.KeyPermissions(ring);
        if (description >= 0)
            Sys.TryKeyctl(KEYCTL_SETPERM, ring, description | (hasUser ? OtherSearch : UserSearch));
    }
}
