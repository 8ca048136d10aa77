using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config-linux.md#sysctl: only a sysctl that belongs to one of the container's own namespaces may be set (CVE-2022-0811).
/// </summary>
internal static class SysctlRules
{
    private static readonly string[] OfIpc =
    [
        "kernel/msgmax", "kernel/msgmnb", "kernel/msgmni", "kernel/sem", "kernel/shmall", "kernel/shmmax", "kernel/shmmni",
        "kernel/shm_rmid_forced",
    ];

    public static void Check(Spec.Linux linux, ValidationContext ctx)
    {
        for (int i = 0; i < linux.Sysctl.Length; i++)
        {
            string key = linux.Sysctl[i].Key;
            string path = PathOf(key);
            SysctlMustBelongToANamespaceOfTheContainer(linux, key, path, ctx);
            for (int other = 0; other < i; other++)
                if (PathOf(linux.Sysctl[other].Key) == path)
                    throw Broken(key, $"is listed twice, also as {linux.Sysctl[other].Key}");
        }
    }

    /// <summary>
    /// The file below /proc/sys, as sysctl(8) determines it: the first dot or slash in the key is its separator, and the other character
    /// stands for itself (the interface eno2.100). Both spellings therefore mean the same file. A key that could name anything else is
    /// refused.
    /// </summary>
    public static string PathOf(string key)
    {
        int first = key.AsSpan().IndexOfAny('.', '/');
        Span<char> path = key.ToCharArray();
        if (first >= 0 && key[first] == '.')
            foreach (ref char c in path)
                c = c switch { '.' => '/', '/' => '.', _ => c };
        bool valid = first > 0;
        foreach (char c in path)
            valid &= !char.IsControl(c);
        foreach (Range range in ((ReadOnlySpan<char>)path).Split('/'))
            valid &= ((ReadOnlySpan<char>)path)[range] is not ("" or "." or "..");
        return valid ? new string(path) : throw Broken(key, "is not the name of a sysctl");
    }

    private static void SysctlMustBelongToANamespaceOfTheContainer(Spec.Linux linux, string key, string path, ValidationContext ctx)
    {
        if (path == "kernel/hostname")
            throw Broken(key, "is set with the property hostname");
        NamespaceType owner = OwnerOf(path)
            ?? throw Broken(key, "is not in a separate kernel namespace: setting it would change the host");
        if (NamespaceRules.Find(linux, owner) is not { } entry)
            throw Broken(key, $"is not allowed without a {owner} namespace of the container's own");
        if (owner == NamespaceType.Network && entry.Path is not null && ctx.HostNetwork)
            throw Broken(key, $"is not allowed in the host's network namespace ({entry.Path})");
    }

    /// <param name="path">As returned by <see cref="PathOf"/>.</param>
    public static NamespaceType? OwnerOf(string path)
    {
        if (Array.IndexOf(OfIpc, path) >= 0 || path.StartsWith("fs/mqueue/", StringComparison.Ordinal))
            return NamespaceType.Ipc;
        if (path.StartsWith("net/", StringComparison.Ordinal))
            return NamespaceType.Network;
        if (path.StartsWith("user/", StringComparison.Ordinal))
            return NamespaceType.User;
        return path == "kernel/domainname" ? NamespaceType.Uts : null;
    }

    public static ContainerException Broken(string key, string what)
        => Rule.Broken($"/linux/sysctl/{JsonPointer.Escape(key)}", $"sysctl \"{key}\" {what}");
}
