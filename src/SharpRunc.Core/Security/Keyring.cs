using System;
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

    // keyctl_setperm(3): everything for those who have it, as a session keyring or below it; for its user, only to be found by name.
    private const uint Allowed = KEY_POS_ALL | KEY_USR_SEARCH;

    // What the kernel gives a session keyring.
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
        SysError error = TryJoin(plan.Keyring);
        Labels.SetForKeys(plan, "");
        error.ThrowIfFailed();
    }

    /// <summary>For restore: processes made by criu inherit the keyring of the process that starts criu.</summary>
    public static void Join(string name) => TryJoin(name).ThrowIfFailed();

    private static SysError TryJoin(string name)
    {
        int ring = Sys.TrySessionKeyring(name, out SysError error);
        if (error.Errno == ENOSYS)
            return default; // a kernel without keyrings has no keys to protect
        if (error.Failed)
            return error.On("join session keyring");
        // For exec it exists, unless the container has revoked it; what the container has allowed or forbidden since stays.
        return Sys.TryKeyPermissions(ring) == Initial ? Sys.TrySetKeyPermissions(ring, Allowed).On("session keyring") : default;
    }
}
