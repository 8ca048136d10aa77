using System;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace SharpRunc.Core.Spec.Json;

/// <summary>Reports where in a document something is wrong. Used once per error, so it may read the document again.</summary>
internal static class JsonPlace
{
    private const int LongestQuote = 60;

    /// <summary><c>config.json:12:8: /linux/namespaces/0/type: expected …</c>; lines and columns start at 1.</summary>
    public static ContainerException Fail(ErrorCode code, string document, ReadOnlySpan<byte> json, int offset, string what)
        => Fail(code, document, json, offset, what, PointerAt(json, offset));

    private static ContainerException Fail(
        ErrorCode code, string document, ReadOnlySpan<byte> json, int offset, string what, string pointer)
        => new(code, Locate(document, json, offset, what, pointer)) { Pointer = pointer };

    /// <summary>The message about the value or property at <paramref name="offset"/>.</summary>
    public static string Locate(string document, ReadOnlySpan<byte> json, int offset, string what, out string pointer)
    {
        pointer = PointerAt(json, offset);
        return Locate(document, json, offset, what, pointer);
    }

    private static string Locate(string document, ReadOnlySpan<byte> json, int offset, string what, string pointer)
    {
        (int line, int column) = LineAndColumn(json, offset);
        string place = $"{document}:{line}:{column}: ";
        return pointer.Length == 0 ? place + what : $"{place}{pointer}: {what}";
    }

    /// <summary>Both start at 1; columns are code points.</summary>
    public static (int Line, int Column) LineAndColumn(ReadOnlySpan<byte> json, int offset)
    {
        ReadOnlySpan<byte> before = json[..Math.Min(offset, json.Length)];
        return (1 + before.Count((byte)'\n'), 1 + CodePoints(before[(before.LastIndexOf((byte)'\n') + 1)..]));
    }

    /// <summary>
    /// The reader has stopped: reports the character, because the reader's own messages are not in the binary (UseSystemResourceKeys).
    /// </summary>
    public static ContainerException Syntax(string document, ReadOnlySpan<byte> json, JsonException e)
    {
        int offset = 0;
        for (long line = e.LineNumber ?? 0; line > 0; line--)
            offset += json[offset..].IndexOf((byte)'\n') + 1;
        offset = (int)Math.Min(offset + (e.BytePositionInLine ?? 0), json.Length);
        ReadOnlySpan<byte> rest = json[offset..].TrimStart(" \t\r\n"u8);
        if (!rest.IsEmpty)
            offset = json.Length - rest.Length;
        return Fail(ErrorCode.ConfigSyntax, document, json, offset, SyntaxText(json, offset), PointerAt(json, offset, isSyntax: true));
    }

    public static int FirstInvalidUtf8(ReadOnlySpan<byte> json)
    {
        int offset = 0;
        while (offset < json.Length && Rune.DecodeFromUtf8(json[offset..], out _, out int length) == System.Buffers.OperationStatus.Done)
            offset += length;
        return offset;
    }

    /// <summary>The token as an error message quotes it.</summary>
    public static string Describe(in Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.String => $"\"{Quote(reader.ValueSpan)}\"",
        _ => Quote(reader.ValueSpan),
    };

    private static string SyntaxText(ReadOnlySpan<byte> json, int offset)
    {
        ReadOnlySpan<byte> rest = json[offset..].TrimStart(" \t\r\n"u8);
        if (rest.IsEmpty)
            return "not valid JSON: it ends unexpectedly";
        if (rest[0] is (byte)'{' or (byte)'[' && DepthAt(json, offset) >= JsonCursor.MaxDepth)
            return $"nested deeper than {JsonCursor.MaxDepth} levels";
        Rune.DecodeFromUtf8(rest, out Rune rune, out _);
        return Rune.IsControl(rune) ? $"not valid JSON at the character U+{rune.Value:X4}" : $"not valid JSON at the character '{rune}'";
    }

    private static int DepthAt(ReadOnlySpan<byte> json, int offset)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = JsonCursor.MaxDepth + 1 });
        int depth = 0;
        while (TryRead(ref reader) && reader.TokenStartIndex < offset)
        {
            bool opens = reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
            depth = opens ? reader.CurrentDepth + 1 : reader.CurrentDepth;
        }
        return depth;
    }

    /// <summary>RFC 6901 pointer to the value or property name at <paramref name="offset"/>.</summary>
    /// <param name="isSyntax">The reader stops there. Behind a complete value the pointer is that of the object or array around it.</param>
    private static string PointerAt(ReadOnlySpan<byte> json, int offset, bool isSyntax = false)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = JsonCursor.MaxDepth });
        string?[] segments = new string?[JsonCursor.MaxDepth + 1];
        int[] index = new int[JsonCursor.MaxDepth + 1];
        int depth = 0;
        bool isComplete = false;
        while (TryRead(ref reader))
        {
            isComplete = reader.TokenType is not (JsonTokenType.PropertyName or JsonTokenType.StartObject or JsonTokenType.StartArray);
            if (reader.TokenType == JsonTokenType.PropertyName)
                segments[depth] = Name(reader);
            else if (reader.TokenType is not (JsonTokenType.EndArray or JsonTokenType.EndObject) && index[depth] >= 0)
                segments[depth] = depth == 0 ? null : index[depth]++.ToString(CultureInfo.InvariantCulture);
            if (reader.TokenStartIndex >= offset)
                break;
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
                depth--;
            if (reader.TokenType is JsonTokenType.StartArray or JsonTokenType.StartObject)
                (segments[++depth], index[depth]) = (null, reader.TokenType == JsonTokenType.StartArray ? 0 : -1);
        }
        if (isSyntax && isComplete)
            segments[depth] = null;
        StringBuilder pointer = new();
        for (int i = 1; i <= depth && segments[i] is { } segment; i++)
        {
            string escaped = JsonPointer.Escape(segment);
            pointer.Append('/').Append(escaped);
        }
        return pointer.ToString();
    }

    private static bool TryRead(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.Read();
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static string Name(in Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }
    }

    private static int CodePoints(ReadOnlySpan<byte> text)
    {
        int count = 0;
        foreach (byte b in text)
            if ((b & 0xC0) != 0x80)
                count++;
        return count;
    }

    private static string Quote(ReadOnlySpan<byte> token)
    {
        string text = Encoding.UTF8.GetString(token);
        return text.Length > LongestQuote ? string.Concat(text.AsSpan(0, LongestQuote), "…") : text;
    }
}

/// <summary>RFC 6901: names a property of a JSON document, <c>/linux/sysctl/net.ipv4.ip_forward</c>.</summary>
internal static class JsonPointer
{
    /// <summary>A key as one segment of a pointer.</summary>
    public static string Escape(string key)
        => key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
}
