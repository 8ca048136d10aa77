using System;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Signatures: a complete type, or several in sequence (D-Bus specification, "Summary of types", "Valid Signatures"). Anything else is a
/// <see cref="FormatException"/>.
/// </summary>
internal static class DBusSignature
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 255;

    /// <summary>The nesting limit for arrays in arrays, and for structs in structs; a dictionary counts as an array.</summary>
    private const int MaxDepth = 32;

    /// <summary>The nesting limit for containers, including those in variants.</summary>
    public const int MaxValueDepth = 64;

    /// <summary>Zero or more types.</summary>
    public static void Require(ReadOnlySpan<char> signature)
    {
        if (signature.Length > MaxLength)
            throw new FormatException($"a signature of {signature.Length} characters: it may have {MaxLength}");
        for (ReadOnlySpan<char> rest = signature; !rest.IsEmpty;)
            rest = rest[First(rest)..];
    }

    /// <summary>A single complete type.</summary>
    public static void RequireOne(ReadOnlySpan<char> signature)
    {
        if (signature.Length > MaxLength || First(signature) != signature.Length)
            throw new FormatException($"the signature '{signature}' is not one complete type");
    }

    /// <summary>The length of the complete type at the start.</summary>
    public static int First(ReadOnlySpan<char> signature) => First(signature, 0, 0);

    public static bool IsBasic(char type) => type is 'y' or 'b' or 'n' or 'q' or 'i' or 'u' or 'x' or 't' or 'd' or 'h' || IsText(type);

    public static bool IsText(char type) => type is 's' or 'o' or 'g';

    /// <summary>In bytes, relative to the start of the message.</summary>
    public static int Alignment(char type) => type switch
    {
        'y' or 'g' or 'v' => 1,
        'n' or 'q' => 2,
        'x' or 't' or 'd' or '(' or '{' => 8,
        _ => 4,
    };

    private static int First(ReadOnlySpan<char> signature, int arrays, int structs)
    {
        if (arrays > MaxDepth || structs > MaxDepth)
            throw new FormatException($"a signature nests deeper than {MaxDepth}");
        return signature switch
        {
            ['(', ..] => Struct(signature, arrays, structs + 1),
            ['a', '{', ..] => Dictionary(signature, arrays + 1, structs),
            ['a', _, ..] => 1 + First(signature[1..], arrays + 1, structs),
            [var type, ..] when type == 'v' || IsBasic(type) => 1,
            _ => throw Incomplete(signature),
        };
    }

    /// <summary>An array of entries: <c>a{kv}</c>.</summary>
    private static int Dictionary(ReadOnlySpan<char> signature, int arrays, int structs)
    {
        const int Key = 2, Value = 3;
        if (signature.Length <= Key || !IsBasic(signature[Key]))
            throw Incomplete(signature);
        int end = Value + First(signature[Value..], arrays, structs);
        if (end >= signature.Length || signature[end] != '}')
            throw Incomplete(signature);
        return end + 1;
    }

    private static int Struct(ReadOnlySpan<char> signature, int arrays, int structs)
    {
        int end = 1;
        do
            end += First(signature[end..], arrays, structs);
        while (end < signature.Length && signature[end] != ')');
        return end < signature.Length ? end + 1 : throw new FormatException($"the signature '{signature}' has a struct that does not end");
    }

    private static FormatException Incomplete(ReadOnlySpan<char> signature)
        => new($"the signature has '{signature}' where a complete type is expected");
}

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
