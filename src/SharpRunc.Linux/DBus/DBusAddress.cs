using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>Server addresses (D-Bus specification, "Server Addresses"); only Unix sockets are supported.</summary>
internal static class DBusAddress
{
    /// <summary>
    /// The sockets of a list, as <see cref="UnixSocket"/> names them, in order. Addresses of other transports are skipped; a list without a
    /// Unix socket is a <see cref="FormatException"/>.
    /// </summary>
    public static List<string> Parse(string list)
    {
        List<string> sockets = [];
        foreach (string address in list.Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            int colon = address.IndexOf(':');
            if (colon < 0)
                throw new FormatException($"D-Bus address '{address}': no transport followed by a colon");
            if (address.AsSpan(0, colon) is "unix" && Socket(address[(colon + 1)..], address) is { } socket)
                sockets.Add(socket);
        }
        if (sockets.Count == 0)
            throw new FormatException(
                $"D-Bus address '{list}': it has neither unix:path= nor unix:abstract=, and no other transport is supported");
        return sockets;
    }

    /// <summary>Encodes a path as the value of a pair: each byte that is not plain is written as %XX.</summary>
    public static string Escape(string path)
    {
        StringBuilder escaped = new();
        foreach (byte b in KernelText.Encode(path))
            if (char.IsAsciiLetterOrDigit((char)b) || "-_/.\\*".Contains((char)b))
                escaped.Append((char)b);
            else
                escaped.Append('%').Append(b.ToString("x2", CultureInfo.InvariantCulture));
        return escaped.ToString();
    }

    /// <summary>null: a socket that only a server can create from the address (unix:tmpdir= and the like).</summary>
    private static string? Socket(string pairs, string address)
    {
        string? socket = null;
        foreach (string pair in pairs.Split(','))
        {
            int equals = pair.IndexOf('=');
            if (equals < 0)
                throw new FormatException($"D-Bus address '{address}': '{pair}' has no =");
            string value = Unescape(pair[(equals + 1)..], address);
            if (pair.AsSpan(0, equals) is "abstract")
                socket = "@" + value;
            else if (pair.AsSpan(0, equals) is "path")
                socket = value.StartsWith('/') ? value : throw new FormatException($"D-Bus address '{address}': the path is not absolute");
        }
        return socket;
    }

    /// <summary>Decodes %XX to bytes.</summary>
    private static string Unescape(string text, string address)
    {
        if (!text.Contains('%'))
            return text;
        List<byte> bytes = [];
        byte[] escaped = KernelText.Encode(text);
        for (int i = 0; i < escaped.Length; i++)
        {
            if (escaped[i] != '%')
            {
                bytes.Add(escaped[i]);
                continue;
            }
            bool hasDigits = i + 2 < escaped.Length
                && char.IsAsciiHexDigit((char)escaped[i + 1]) && char.IsAsciiHexDigit((char)escaped[i + 2]);
            if (!hasDigits)
                throw new FormatException($"D-Bus address '{address}': a % without two hexadecimal digits after it");
            bytes.Add((byte)(Digit(escaped[i + 1]) << 4 | Digit(escaped[i + 2])));
            i += 2;
        }
        if (bytes.Contains(0))
            throw new FormatException($"D-Bus address '{address}': a NUL");
        return KernelText.Decode([.. bytes]);
    }

    private static int Digit(byte c) => c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10;
}
