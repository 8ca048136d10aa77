using System;
using System.Text;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Init;

/// <summary>passwd(5) of the container: read through its root, trusted for nothing but a directory name.</summary>
internal static class Passwd
{
    private const int Limit = 1 << 20;

    /// <summary>The home directory of a user, or / when the file or the user is not there.</summary>
    public static string Home(Root root, uint uid)
    {
        // O_NONBLOCK: the image may have put a FIFO there.
        using Fd? file = root.TryOpen("/etc/passwd", O_RDONLY | O_NONBLOCK);
        if (file is null || Inode.Of(file, "/etc/passwd").Type != S_IFREG)
            return "/";
        string text = Encoding.UTF8.GetString(Sys.ReadAll(file, "/etc/passwd", Limit));
        Span<Range> fields = stackalloc Range[7];
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            if (line.Split(fields, ':') >= 6 && uint.TryParse(line[fields[2]], out uint id) && id == uid)
                return line[fields[5]].IsEmpty ? "/" : line[fields[5]].ToString();
        }
        return "/";
    }
}
