using System;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// passwd(5) of the container, read through its root and trusted for nothing but a directory name. Nothing that is wrong with the file, its
/// size included, prevents a start: the home directory is then /.
/// </summary>
internal static class Passwd
{
    /// <summary>Only the first megabyte is read.</summary>
    private const int Limit = 1 << 20;

    private const string None = "/";

    /// <summary>Returns the home directory of a user, or / if the file or the user does not exist.</summary>
    public static string Home(Root root, uint uid)
    {
        try
        {
            using Fd? there = root.Find("/etc/passwd", throwing: false);
            if (there is null || !IsFile(there))
                return None;
            // O_NONBLOCK: by now it may be a FIFO, or a link to a file in /proc, which is then opened but not read.
            using Fd? file = root.TryOpen("/etc/passwd", O_RDONLY | O_NONBLOCK | O_NOCTTY);
            return file is null || !IsFile(file) ? None : Home(Start(file), uid);
        }
        catch (SysException)
        {
            return None;
        }
    }

    /// <param name="passwd">The file, or its complete lines up to a limit.</param>
    public static string Home(ReadOnlySpan<byte> passwd, uint uid)
    {
        Span<Range> fields = stackalloc Range[7]; // name, password, uid, gid, comment, home, shell
        while (!passwd.IsEmpty)
        {
            int end = passwd.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = end < 0 ? passwd : passwd[..end];
            passwd = end < 0 ? [] : passwd[(end + 1)..];
            if (Split(line, fields) < 6 || !IsNumber(line[fields[2]], uid))
                continue;
            ReadOnlySpan<byte> home = line[fields[5]];
            bool isPath = !home.IsEmpty && !home.Contains((byte)0);
            return isPath ? KernelText.Decode(home) : None;
        }
        return None;
    }

    private static bool IsNumber(ReadOnlySpan<byte> text, uint wanted)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) && number == wanted;

    /// <summary>Whether it is a regular file. A link may lead to the host's unread kernel messages.</summary>
    private static bool IsFile(Fd file) => Inode.Of(file, "/etc/passwd").Type == S_IFREG && !KernelFiles.IsKernelFile(file);

    /// <summary>Reads the file; of one that is longer than the limit, the complete lines.</summary>
    private static ReadOnlySpan<byte> Start(Fd file)
    {
        byte[] buffer = new byte[4096];
        for (int length = 0; ;)
        {
            int got = Sys.Read(file, buffer.AsSpan(length), "/etc/passwd");
            if (got == 0)
                return buffer.AsSpan(0, length);
            length += got;
            if (length >= Limit)
                return buffer.AsSpan(0, buffer.AsSpan(0, length).LastIndexOf((byte)'\n') + 1);
            if (length == buffer.Length)
                Array.Resize(ref buffer, length * 2);
        }
    }

    private static int Split(ReadOnlySpan<byte> line, Span<Range> fields)
    {
        int count = 0;
        for (int from = 0; from <= line.Length && count < fields.Length; count++)
        {
            int colon = count == fields.Length - 1 ? -1 : line[from..].IndexOf((byte)':');
            int to = colon < 0 ? line.Length : from + colon;
            fields[count] = from..to;
            from = to + 1;
        }
        return count;
    }
}
