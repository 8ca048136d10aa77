using System.Globalization;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

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

    /// <summary>A key's permission mask (keyctl_describe(3): <c>type;uid;gid;perm;name</c>), or a negative errno.</summary>
    public static nint KeyPermissions(int key)
    {
        byte* buffer = stackalloc byte[256];
        nint length = TryKeyctl(KEYCTL_DESCRIBE, key, (nint)buffer, 256);
        if (length < 0)
            return length;
        string[] fields = KernelText.Decode(new System.ReadOnlySpan<byte>(buffer, (int)System.Math.Min(length, 256))).Split(';');
        return fields.Length > 3 && uint.TryParse(fields[3], NumberStyles.HexNumber, null, out uint permissions) ? (nint)permissions : -EINVAL;
    }

    /// <summary>seccomp(2), SECCOMP_GET_ACTION_AVAIL.</summary>
    /// <param name="action">SECCOMP_RET_…, without data.</param>
    public static bool HasSeccompAction(uint action) => Try("seccomp", null, SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, (nint)(&action)) == 0;

    /// <summary>
    /// Whether a filter can be loaded with these flags: the kernel checks them before the program, which is deliberately missing.
    /// </summary>
    public static bool HasSeccompFlags(uint flags) => Try("seccomp", null, SYS_seccomp, SECCOMP_SET_MODE_FILTER, (nint)flags, 0) == -EFAULT;
}
