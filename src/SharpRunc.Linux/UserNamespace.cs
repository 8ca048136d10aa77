using System;

namespace SharpRunc.Linux;

/// <summary>The user namespace of this process.</summary>
internal static class UserNamespace
{
    /// <summary>user_namespaces(7): only the initial one maps all ids to themselves: <c>0 0 4294967295</c>.</summary>
    public static bool IsNested()
    {
        using Fd? map = Sys.TryOpenAt(Fd.Cwd, "/proc/self/uid_map", O_RDONLY, out _);
        if (map is null)
            return false;
        Span<byte> line = stackalloc byte[128];
        int length = Sys.TryRead(map, line);
        return length > 0 && !IsIdentity(line[..length]);
    }

    public static bool IsIdentity(ReadOnlySpan<byte> map)
    {
        ReadOnlySpan<byte> rest = map.Trim(" \n"u8);
        return NextIs(ref rest, "0"u8) && NextIs(ref rest, "0"u8) && NextIs(ref rest, "4294967295"u8) && rest.IsEmpty;
    }

    private static bool NextIs(ref ReadOnlySpan<byte> rest, ReadOnlySpan<byte> word)
    {
        rest = rest.TrimStart((byte)' ');
        int end = rest.IndexOf((byte)' ');
        ReadOnlySpan<byte> next = end < 0 ? rest : rest[..end];
        rest = rest[next.Length..];
        return next.SequenceEqual(word);
    }
}
