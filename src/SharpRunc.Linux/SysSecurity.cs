using System.Globalization;
using System.Text;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// Capabilities and keys.
internal static unsafe partial class Sys
{
    /// <summary>The permitted set of this process, one bit a capability.</summary>
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
        string[] fields = Encoding.UTF8.GetString(buffer, (int)System.Math.Min(length, 256)).Split(';');
        return fields.Length > 3 && uint.TryParse(fields[3], NumberStyles.HexNumber, null, out uint permissions) ? (nint)permissions : -EINVAL;
    }
}
