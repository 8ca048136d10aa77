using System.Globalization;

namespace SharpRunc.Linux;

using static SharpRunc.Linux.LibC.Libc;

// Capabilities, keys, and seccomp support.
internal static unsafe partial class Sys
{
    /// <summary>The permitted set of this process, one bit per capability.</summary>
    public static ulong PermittedCapabilities()
    {
        cap_header header = new() { version = _LINUX_CAPABILITY_VERSION_3 };
        cap_data* sets = stackalloc cap_data[2];
        Call("capget", null, SYS_capget, (nint)(&header), (nint)sets);
        return sets[0].permitted | (ulong)sets[1].permitted << 32;
    }

    /// <summary>A key's permission mask (keyctl_describe(3): <c>type;uid;gid;perm;name</c>); null if the kernel does not tell it.</summary>
    public static uint? TryKeyPermissions(int key)
    {
        byte* buffer = stackalloc byte[256];
        nint length = Attempt("keyctl", null, out SysError error, SYS_keyctl, KEYCTL_DESCRIBE, key, (nint)buffer, 256);
        if (error.Failed)
            return null;
        string[] fields = KernelText.Decode(new System.ReadOnlySpan<byte>(buffer, (int)System.Math.Min(length, 256))).Split(';');
        return fields.Length > 3 && uint.TryParse(fields[3], NumberStyles.HexNumber, null, out uint permissions) ? permissions : null;
    }

    public static SysError TrySetKeyPermissions(int key, uint permissions)
        => Attempt("keyctl", null, SYS_keyctl, KEYCTL_SETPERM, key, (nint)permissions);

    /// <summary>add_key(2): a keyring in the process keyring, which execve drops; returns its key, or −1 and the error.</summary>
    public static int TryAddKeyring(string name, out SysError error)
    {
        fixed (byte* type = CString("keyring"), p = CString(name))
            return (int)Attempt("add_key", name, out error, SYS_add_key, (nint)type, (nint)p, 0, 0, KEY_SPEC_PROCESS_KEYRING);
    }

    public static SysError TryUnlinkKey(int key) => Attempt("keyctl", null, SYS_keyctl, KEYCTL_UNLINK, key, KEY_SPEC_PROCESS_KEYRING);

    /// <summary>The number of the session keyring, or −1 and the error.</summary>
    public static int TrySessionKeyring(out SysError error)
        => (int)Attempt("keyctl", null, out error, SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);

    /// <summary>Creates and joins a session keyring; returns its key, or −1 and the error.</summary>
    public static int TryJoinSessionKeyring(string name, out SysError error)
    {
        fixed (byte* p = CString(name))
            return (int)Attempt("keyctl", name, out error, SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, (nint)p);
    }

    /// <summary>At most 256 bytes, which the kernel returns whole. A filter around us may refuse the call; the device has the same.
    /// </summary>
    public static void GetRandom(System.Span<byte> into)
    {
        SysError error;
        fixed (byte* p = into)
            error = Attempt("getrandom", null, SYS_getrandom, (nint)p, into.Length, 0);
        if (!error.Failed)
            return;
        using Fd device = OpenAt(Fd.Cwd, "/dev/urandom", O_RDONLY);
        Inode.Of(device, "/dev/urandom").RequireCharDevice(1, 9);
        if (TryRead(device, into, "/dev/urandom") != into.Length)
            throw error.ToException();
    }

    /// <summary>seccomp(2), SECCOMP_GET_ACTION_AVAIL.</summary>
    /// <param name="action">SECCOMP_RET_…, without data.</param>
    public static bool HasSeccompAction(uint action)
        => !Attempt("seccomp", null, SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, (nint)(&action)).Failed;

    /// <summary>
    /// Whether a filter can be loaded with these flags: the kernel checks them before the program, which is deliberately missing.
    /// </summary>
    public static bool HasSeccompFlags(uint flags)
        => Attempt("seccomp", null, SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)flags).Errno == EFAULT;
}
