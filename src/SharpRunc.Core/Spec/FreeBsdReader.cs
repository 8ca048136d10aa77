using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Spec;

/// <summary>
/// config-freebsd.md. None of it applies on Linux, but config.md#valid-values covers it too: an undefined sharing mode for a jail makes the
/// config invalid on every platform.
/// </summary>
internal static class FreeBsdReader
{
    public static void FreeBsd(ref JsonCursor json)
    {
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("jail"u8)) Jail(ref json);
            else json.SkipUnknown(ref at);
        }
    }

    private static void Jail(ref JsonCursor json)
    {
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("host"u8) || json.Is("vnet"u8))
                Sharing(ref json, canDisable: false);
            else if (json.Is("ip4"u8) || json.Is("ip6"u8))
                Sharing(ref json, canDisable: true);
            else if (json.Is("sysvmsg"u8) || json.Is("sysvsem"u8) || json.Is("sysvshm"u8))
                Sharing(ref json, canDisable: true);
            else json.SkipUnknown(ref at);
        }
    }

    private static void Sharing(ref JsonCursor json, bool canDisable)
    {
        if (json.String() is not ("" or "new" or "inherit") and var mode && !(canDisable && mode == "disable"))
            throw json.Expected(canDisable ? "one of disable, new, inherit" : "one of new, inherit");
    }
}
