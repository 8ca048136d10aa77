using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;
using System.Text.Json;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>
/// The text of config.json, from which what is wrong is taken away, so that the next mistake shows. What is removed is overwritten with
/// spaces: lines and columns of the rest stay.
/// </summary>
internal sealed class ConfigDraft(byte[] original)
{
    private const string Mappings = """[{"containerID":0,"hostID":0,"size":1}]""";

    /// <summary>Values that no rule refuses, for required properties.</summary>
    private static readonly (string Name, string Value)[] Placeholders =
    [
        ("ociVersion", "\"1.0.0\""), ("root", "{\"path\":\"rootfs\"}"), ("path", "\"/removed\""), ("cwd", "\"/\""), ("args", "[\"sh\"]"),
        ("destination", "\"/removed\""), ("type", "\"a\""), ("names", "[]"), ("action", "\"SCMP_ACT_ALLOW\""),
        ("defaultAction", "\"SCMP_ACT_ALLOW\""), ("soft", "0"), ("hard", "18446744073709551615"), ("major", "1"), ("minor", "1"),
        ("rate", "0"), ("index", "0"), ("value", "0"), ("op", "\"SCMP_CMP_EQ\""), ("containerID", "0"), ("hostID", "0"),
        ("size", "1"), ("allow", "false"), ("uid", "0"), ("gid", "0"), ("pageSize", "\"2MB\""), ("limit", "0"),
        ("policy", "\"SCHED_OTHER\""), ("class", "\"IOPRIO_CLASS_BE\""), ("domain", "\"LINUX\""), ("mode", "\"MPOL_DEFAULT\""),
        ("uidMappings", Mappings), ("gidMappings", Mappings), ("listenerPath", "\"/removed\""), ("nodes", "\"0\""),
    ];

    /// <summary>Elements that were taken out of arrays: the array's pointer and the index, both as in the original.</summary>
    private readonly List<(string Array, int Index)> removed = [];

    public byte[] Text { get; private set; } = [.. original];

    /// <summary>Translates a pointer into the draft to one into the original.</summary>
    public string ToOriginal(string pointer)
    {
        StringBuilder path = new();
        foreach (string segment in pointer.Split('/')[1..])
        {
            string here = segment;
            if (int.TryParse(segment, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                here = (index + RemovedBefore(path.ToString(), index)).ToString(CultureInfo.InvariantCulture);
            path.Append('/').Append(here);
        }
        return path.ToString();
    }

    /// <summary>Line and column of the property in the original, or of the closest one above that is there; (0, 0): none.</summary>
    public (int Line, int Column) Locate(string pointer)
    {
        for (string at = pointer; ; at = Parent(at))
        {
            if (TextRange.Find(original, at) is { } found)
                return JsonPlace.LineAndColumn(original, found.Start);
            if (at.Length == 0)
                return (0, 0);
        }
    }

    /// <summary>Gives the object a value for a property that it lacks; false if none is known.</summary>
    public bool TryAdd(string pointer, string name)
    {
        int known = Array.FindIndex(Placeholders, one => one.Name == name);
        if (known < 0 || TextRange.Find(Text, pointer) is not { } found || Text[found.ValueStart] != (byte)'{')
            return false;
        bool isEmpty = Text.AsSpan(found.ValueStart + 1).TrimStart(" \t\r\n"u8) is [(byte)'}', ..];
        string added = $"\"{name}\":{Placeholders[known].Value}{(isEmpty ? "" : ",")}";
        Text = [.. Text.AsSpan(..(found.ValueStart + 1)), .. KernelText.Encode(added), .. Text.AsSpan((found.ValueStart + 1)..)];
        return true;
    }

    /// <summary>
    /// Takes the property or array element away; if it is not there, the closest one above. false: nothing is left to remove.
    /// </summary>
    public bool TryRemove(string pointer)
    {
        for (string at = pointer; at.Length > 0; at = Parent(at))
            if (TextRange.Find(Text, at) is { } found)
            {
                if (found.IsElement)
                {
                    string there = ToOriginal(at);
                    removed.Add((Parent(there), int.Parse(there[(there.LastIndexOf('/') + 1)..], CultureInfo.InvariantCulture)));
                }
                Blank(found);
                return true;
            }
        return false;
    }

    public static string Parent(string pointer) => pointer[..pointer.LastIndexOf('/')];

    private int RemovedBefore(string array, int index)
    {
        List<int> gone = [];
        foreach ((string from, int which) in removed)
            if (from == array)
                gone.Add(which);
        gone.Sort();
        int before = 0;
        foreach (int which in gone)
            if (which <= index + before)
                before++;
        return before;
    }

    /// <summary>With the comma after it, or the one before if it is the last.</summary>
    private void Blank(TextRange found)
    {
        int start = found.Start, end = found.End;
        int next = end;
        while (Text[next] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
            next++;
        if (Text[next] == (byte)',')
            end = next + 1;
        else
        {
            int before = start - 1;
            while (Text[before] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
                before--;
            if (Text[before] == (byte)',')
                Text[before] = (byte)' ';
        }
        foreach (ref byte character in Text.AsSpan(start..end))
            if (character != (byte)'\n')
                character = (byte)' ';
    }
}

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
