using System;

namespace SharpRunc.Core.Spec.Json;

/// <summary>RFC 6901: names a property of a JSON document, <c>/linux/sysctl/net.ipv4.ip_forward</c>.</summary>
internal static class JsonPointer
{
    /// <summary>A key as one segment of a pointer.</summary>
    public static string Escape(string key)
        => key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
