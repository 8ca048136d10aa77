using System;
using System.Globalization;
using System.Text;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux.DBus;

/// <summary>Where a bus listens (D-Bus specification, Server Addresses): <c>unix:path=/run/user/1000/bus,guid=…;unix:abstract=…</c>.</summary>
internal static class DBusAddress
{
    private const string Unix = "unix:";

    /// <summary>The first address of the list that answers.</summary>
    /// <exception cref="SysException">None does; the first refusal.</exception>
    /// <exception cref="FormatException">None is a Unix socket's, or an escape is wrong.</exception>
    public static Fd Connect(string addresses)
    {
        SysException? refused = null;
        foreach (string address in addresses.Split(';'))
            if (SocketOf(address) is { } socket)
                try
                {
                    return UnixSocket.Connect(socket, SOCK_STREAM);
                }
                catch (SysException e)
                {
                    refused ??= e;
                }
        throw refused ?? (Exception)new FormatException($"{addresses}: only unix:path= and unix:abstract= are understood");
    }

    /// <summary>A path, or an abstract name behind an @; null: of another kind.</summary>
    internal static string? SocketOf(string address)
    {
        if (!address.StartsWith(Unix, StringComparison.Ordinal))
            return null;
        foreach (string pair in address[Unix.Length..].Split(','))
            if (pair.StartsWith("path=", StringComparison.Ordinal))
                return Unescape(pair["path=".Length..]);
            else if (pair.StartsWith("abstract=", StringComparison.Ordinal))
                return "@" + Unescape(pair["abstract=".Length..]);
        return null;
    }

    /// <summary>What is not plain is written %XX, byte by byte.</summary>
    public static string Escape(string path)
    {
        StringBuilder escaped = new();
        foreach (byte b in Encoding.UTF8.GetBytes(path))
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'/' or (byte)'.' or (byte)'\\' or (byte)'*')
                escaped.Append((char)b);
            else
                escaped.Append('%').Append(b.ToString("x2", CultureInfo.InvariantCulture));
        return escaped.ToString();
    }

    private static string Unescape(string text)
    {
        if (!text.Contains('%'))
            return text;
        byte[] bytes = new byte[text.Length];
        int length = 0;
        for (int i = 0; i < text.Length; i++)
            if (text[i] != '%')
                bytes[length++] = (byte)text[i];
            else if (i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out bytes[length]))
                (length, i) = (length + 1, i + 2);
            else
                throw new FormatException($"{text}: % and no two hexadecimal digits behind it");
        return Encoding.UTF8.GetString(bytes.AsSpan(0, length));
    }
}
