using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A private session keyring for the container, so that the caller's keys cannot be read.</summary>
internal static class Keyring
{
    // keyctl_setperm(3): search for the possessor's user. Inside a user namespace the owner is mapped, so "other" gets it.
    private const uint UserSearch = 0x80000, OtherSearch = 0x8;

    public static void Join(ProcessPlan plan)
    {
        if (plan.NoNewKeyring)
            return;
        Labels.SetForKeys(plan, plan.Process?.SelinuxLabel ?? "");
        int ring = Sys.TrySessionKeyring(Name(plan.Id), out SysError error);
        Labels.SetForKeys(plan, "");
        if (error.Errno == ENOSYS)
            return; // a kernel without keyrings has no keys to protect
        if (error.Failed)
            throw error.On("join session keyring").ToException();
        if (plan is not InitPlan)
            return; // the init has set the permissions
        AllowSearch(ring, plan.HasUser);
    }

    /// <summary>For restore: processes made by criu inherit the keyring of the process that starts criu.</summary>
    public static void Join(string id, bool hasUser)
    {
        int ring = Sys.TrySessionKeyring(Name(id), out SysError error);
        if (!error.Failed)
            AllowSearch(ring, hasUser);
        else if (error.Errno != ENOSYS)
            throw error.On("join session keyring").ToException();
    }

    private static string Name(string id) => "_ses." + id;

    private static void AllowSearch(int ring, bool hasUser)
    {
        if (Sys.TryKeyPermissions(ring) is { } permissions)
            Sys.TrySetKeyPermissions(ring, permissions | (hasUser ? OtherSearch : UserSearch));
    }
}
