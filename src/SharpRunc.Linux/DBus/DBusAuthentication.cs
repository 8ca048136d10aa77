using System;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// The client's side of SASL (D-Bus specification, "Authentication Protocol"), with EXTERNAL: the identity is the one that the kernel
/// reports. None is sent, as in sd-bus, because in a user namespace the client's own id differs from the one that the server sees.
/// </summary>
internal static class DBusAuthentication
{
    /// <summary>
    /// Everything that the client ever sends, in one piece: the NUL that used to carry credentials, the answer to the challenge before it
    /// is issued, and the end.
    /// </summary>
    public static ReadOnlySpan<byte> Greeting => "\0AUTH EXTERNAL\r\nDATA\r\nBEGIN\r\n"u8;

    /// <summary>The maximum length of a server's line, in bytes.</summary>
    public const int MaxLine = 16384;

    /// <summary>Whether this line from the server completes the authentication. A refusal is a <see cref="DBusError"/>.</summary>
    /// <param name="line">Without its line end.</param>
    public static bool Ends(ReadOnlySpan<byte> line)
    {
        if (line.StartsWith("OK "u8) || line.SequenceEqual("OK"u8))
            return true;
        if (line.StartsWith("DATA"u8))
            return false;
        throw new DBusError("org.freedesktop.DBus.Error.AuthFailed", line.StartsWith("REJECTED"u8)
            ? $"the server does not accept EXTERNAL from us; it accepts: {Text(line["REJECTED"u8.Length..])}"
            : $"the server answers AUTH EXTERNAL with '{Text(line)}'");
    }

    private static string Text(ReadOnlySpan<byte> line)
    {
        StringBuilder text = new();
        foreach (byte c in line)
            text.Append(c is >= 0x20 and < 0x7F ? (char)c : '?');
        return text.ToString().Trim();
    }
}
