using System;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Checks strings and object paths (D-Bus specification, "String-like types", "Valid Object Paths"); an invalid one is a
/// <see cref="FormatException"/>.
/// </summary>
internal static class DBusText
{
    /// <summary>Unicode without NUL.</summary>
    public static void RequireString(string text)
    {
        for (int i = 0; i < text.Length; i++)
            if (text[i] == 0)
                throw new FormatException("a string with a NUL");
            else if (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[++i])))
                throw new FormatException("a string with half a surrogate pair");
    }

    /// <summary>/, or names of letters, digits and underscores, each preceded by a /.</summary>
    public static void RequireObjectPath(string path)
    {
        bool isValid = path.StartsWith('/') && (path.Length == 1 || path[^1] != '/');
        for (int i = 1; isValid && i < path.Length; i++)
            isValid = char.IsAsciiLetterOrDigit(path[i]) || path[i] == '_' || path[i] == '/' && path[i - 1] != '/';
        if (!isValid)
            throw new FormatException("an object path is / or names of letters, digits and underscores with a / before each");
    }
}
