using System;
using System.Runtime.InteropServices;
using SharpRunc.Core.Plan;
using SharpRunc.Linux;

namespace SharpRunc.Core.Security;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A private session keyring for the container, so that the caller's keys cannot be read. exec can find it only by its name: the kernel
/// knows no other way to join one. Everyone in the same user namespace may create or join a keyring by name, so it cannot be guessed; and
/// nobody but who has the keyring can see that name, or use the keyring's number.
/// </summary>
internal static class Keyring
{
    private const int NonceSize = 16;

    // keyctl_setperm(3): everything for those who have it, as a session keyring or below it; for everyone else, only to be found by name.
    private const uint Allowed = KEY_POS_ALL | KEY_USR_SEARCH | KEY_OTH_SEARCH;

    // What the kernel gives a keyring that it makes because it has found none.
    private const uint Initial = KEY_POS_ALL | KEY_USR_VIEW | KEY_USR_READ | KEY_USR_LINK;

    public static string NewName(string id)
    {
        Span<byte> nonce = stackalloc byte[NonceSize];
        Sys.GetRandom(nonce);
        return $"{NameOfOlderVersion(id)}.{Convert.ToHexStringLower(nonce)}";
    }

    /// <summary>Of a container whose state has no name, because an older version created it.</summary>
    public static string NameOfOlderVersion(string id) => "_ses." + id;

    public static void Join(ProcessPlan plan)
    {
        if (plan.Keyring is null)
            return;
        Labels.SetForKeys(plan, plan.Process?.SelinuxLabel ?? "");
        bool isDumpable = Sys.IsDumpable();
        SysError error = TryJoin(plan.Keyring);
        // Another owner of the keyring has changed both (Sys.TrySetFsUid).
        Sys.Prctl(PR_SET_DUMPABLE, isDumpable ? 1 : 0, "DUMPABLE");
        Sys.Prctl(PR_SET_PDEATHSIG, SIGKILL, "PDEATHSIG");
        Labels.SetForKeys(plan, "");
        error.ThrowIfFailed();
    }

    /// <summary>For restore: processes made by criu inherit the keyring of the process that starts criu.</summary>
    public static void Join(string name) => TryJoin(name).ThrowIfFailed();

    /// <summary>
    /// Makes a keyring of this name and joins the oldest of that name: for create its own, for exec the container's, unless that has
    /// revoked it. If joining made one, everyone of our user could see, read and link it until its permissions are set.
    /// </summary>
    private static SysError TryJoin(string name)
    {
        int made = TryMake(name, out SysError error);
        if (error.Errno == ENOSYS)
            return default; // a kernel without keyrings has no keys to protect
        if (error.Failed)
            return error.On("session keyring");
        int joined = Sys.TryJoinSessionKeyring(name, out error);
        Sys.TryUnlinkKey(made); // the session alone keeps it, or nobody
        if (error.Failed)
            return error.On("join session keyring");
        return Sys.TryKeyPermissions(joined) == Initial ? new("keyctl", "join session keyring", EACCES) : default;
    }

    /// <summary>
    /// The new keyring's owner sees its name until its permissions are set, so it is a user whom nobody else is and nobody can guess.
    /// Where no other user is mapped, or may be set, it is our own.
    /// </summary>
    private static int TryMake(string name, out SysError error)
    {
        uint own = Sys.GetEuid(), random = 0;
        Sys.GetRandom(MemoryMarshal.AsBytes(new Span<uint>(ref random)));
        // Of the host's user namespace; of one with the usual 65536 ids. Never root, whose capabilities come and go with the id.
        _ = Sys.TrySetFsUid(1 + random % int.MaxValue) || Sys.TrySetFsUid(1 + random % ushort.MaxValue);
        int made = Sys.TryAddKeyring(name, out error);
        if (!error.Failed)
            error = Sys.TrySetKeyPermissions(made, Allowed);
        if (!Sys.TrySetFsUid(own))
            error = new("setfsuid", null, EPERM);
        return made;
    }
}
