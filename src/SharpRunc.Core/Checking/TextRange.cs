using System;
using System.Globalization;
using System.Text.Json;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Checking;

/// <summary>Where a property or an array element is in a JSON document, in bytes.</summary>
/// <param name="Start">The property's name, or the element.</param>
/// <param name="IsElement">Of an array.</param>
internal readonly record struct TextRange(int Start, int ValueStart, int End, bool IsElement)
{
    /// <summary>Of several properties with the same name the last one.</summary>
    /// <param name="pointer">RFC 6901.</param>
    /// <returns>null: it is not there, or the document is not valid JSON before it.</returns>
    public static TextRange? Find(ReadOnlySpan<byte> json, string pointer)
    {
        Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = JsonCursor.MaxDepth });
        try
        {
            return reader.Read() ? Find(ref reader, pointer, (int)reader.TokenStartIndex, isElement: false) : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <param name="reader">At the first token of a value; afterwards at its last.</param>
    private static TextRange? Find(ref Utf8JsonReader reader, string pointer, int start, bool isElement)
    {
        int valueStart = (int)reader.TokenStartIndex;
        if (pointer.Length == 0)
        {
            reader.Skip();
            return new TextRange(start, valueStart, (int)reader.BytesConsumed, isElement);
        }
        int end = pointer.IndexOf('/', 1);
        string name = end < 0 ? pointer[1..] : pointer[1..end], rest = end < 0 ? "" : pointer[end..];
        TextRange? found = null;
        if (reader.TokenType == JsonTokenType.StartObject)
            while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
            {
                int property = (int)reader.TokenStartIndex;
                bool isWanted = JsonPointer.Escape(reader.GetString()!) == name;
                reader.Read();
                if (isWanted)
                    found = Find(ref reader, rest, property, isElement: false);
                else
                    reader.Skip();
            }
        else if (reader.TokenType == JsonTokenType.StartArray)
            for (int index = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; index++)
                if (index.ToString(CultureInfo.InvariantCulture) == name)
                    found = Find(ref reader, rest, (int)reader.TokenStartIndex, isElement: true);
                else
                    reader.Skip();
        return found;
    }
}
