using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Text.Unicode;

namespace SharpRunc.Core.Spec.Json;

/// <summary>
/// A single forward pass over a JSON document. On entry a reading method is at a value; on return it is at the last token of that value.
/// Every fault is a <see cref="ContainerException"/> with line, column and pointer, which a second pass determines only then.
/// </summary>
internal unsafe ref struct JsonCursor
{
    /// <summary>config.json comes from the caller, but a runtime that swaps or overflows the stack on it helps nobody.</summary>
    public const int MaxBytes = 16 << 20, MaxDepth = 64;

    private readonly ReadOnlySpan<byte> json;
    private readonly string document;
    private Utf8JsonReader reader;
    private readonly ReaderNotes? notes;
    private SeenNames seen;
    private ReadOnlySpan<byte> propertyName;

    /// <summary>The object whose current property is matched once more, ignoring case; see <see cref="SkipUnknown"/>.</summary>
    private JsonObject folded;
    private bool folding;

    /// <param name="document">The name that errors begin with: config.json.</param>
    /// <param name="json">The whole document.</param>
    /// <param name="notes">Receives what is worth a message but no error.</param>
    public JsonCursor(string document, ReadOnlySpan<byte> json, ReaderNotes? notes = null)
    {
        this.document = document;
        this.notes = notes;
        this.json = json;
        if (json.Length > MaxBytes)
            throw new ContainerException(
                ErrorCode.ConfigTooLarge, $"{document}: {json.Length} bytes exceed the limit of {MaxBytes} (16 MiB)")
            { Pointer = "" };
        if (!Utf8.IsValid(json))
            throw Fail(ErrorCode.ConfigSyntax, JsonPlace.FirstInvalidUtf8(json), "not valid UTF-8");
        reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        seen = new SeenNames();
        Advance();
    }

    /// <summary>Only white space may follow the document's value.</summary>
    public void End()
    {
        try
        {
            reader.Read();
        }
        catch (JsonException e)
        {
            throw Syntax(e);
        }
    }

    /// <summary>Enters an object. null counts as an empty object, as in Go, whose programs write it.</summary>
    public JsonObject Object()
    {
        if (reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            throw Expected("an object");
        return new JsonObject(Offset, reader.TokenType == JsonTokenType.Null, seen.Count);
    }

    /// <summary>Moves to the value of the object's next property; false at the end of the object.</summary>
    public bool Next(ref JsonObject at)
    {
        if (at.IsNull)
            return false;
        if (folding)
            return true;
        Advance();
        if (reader.TokenType == JsonTokenType.EndObject)
        {
            seen.Leave(at.FirstName);
            return false;
        }
        propertyName = reader.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(Unescaped()) : reader.ValueSpan;
        // Two readers of one file must not see different configurations: which of two equal keys wins depends on the reader.
        if (!seen.Add(ref at, propertyName))
            throw Fail(ErrorCode.ConfigDuplicate, Offset, $"the key \"{System.Text.Encoding.UTF8.GetString(propertyName)}\" appears twice");
        Advance();
        return true;
    }

    /// <summary>
    /// Whether the property that <see cref="Next"/> stopped at has this name, and a value: null means "not set" for all of them, as in Go,
    /// whose programs write it.
    /// </summary>
    public bool Is(ReadOnlySpan<byte> name)
        => propertyName.SequenceEqual(name) ? reader.TokenType != JsonTokenType.Null : folding && IsFolded(name);

    /// <summary>
    /// Ends the sequence of <see cref="Is"/> calls: none of the names matched. They are then called once more to match regardless of case.
    /// Go's encoding/json reads that way, and so did the runtimes that callers were tested with; otherwise a limit or a mask would be lost
    /// over a capital letter. A name that is still unknown is ignored, as config.md#extensibility requires.
    /// </summary>
    public void SkipUnknown(ref JsonObject at)
    {
        if (!folding)
        {
            seen.Reserve(ref at);
            (folded, folding) = (at, true);
            return;
        }
        folding = false;
        string? closest = notes?.TakeClosest();
        if (reader.TokenType != JsonTokenType.Null && notes is { HasRoomForUnknown: true })
        {
            string guess = closest is null ? "" : $" (did you mean \"{closest}\"?)";
            notes.Unknown.Add(JsonPlace.Locate(document, json, Offset, "not a property of this object; ignored" + guess, out _));
        }
        Skip();
    }

    private bool IsFolded(ReadOnlySpan<byte> name)
    {
        if (!JsonNames.DifferInCaseOnly(propertyName, name))
        {
            notes?.Consider(propertyName, name);
            return false;
        }
        string given = System.Text.Encoding.UTF8.GetString(propertyName), known = System.Text.Encoding.UTF8.GetString(name);
        if (!seen.Add(ref folded, name))
            throw Fail(ErrorCode.ConfigDuplicate, Offset, $"the key \"{known}\" appears twice, also as \"{given}\"");
        if (reader.TokenType == JsonTokenType.Null)
            return false;
        folding = false;
        if (notes is { HasRoom: true })
            notes.Warnings.Add(JsonPlace.Locate(document, json, Offset, $"is read as \"{known}\", as the specification spells it", out _));
        return true;
    }

    public string String()
    {
        if (reader.TokenType != JsonTokenType.String)
            throw Expected("a string");
        return reader.ValueIsEscaped ? Unescaped() : reader.GetString()!;
    }

    /// <summary>Treats "" as absent, as engines written in Go do for optional strings.</summary>
    public string? OptionalString() => String() is { Length: > 0 } text ? text : null;

    public bool Boolean() => reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Expected("true or false"),
    };

    public long Int64(long min = long.MinValue, long max = long.MaxValue)
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw Expected("an integer");
        if (!reader.TryGetInt64(out long value) || value < min || value > max)
            throw Expected($"an integer from {min} to {max}");
        return value;
    }

    public ulong UInt64()
    {
        if (reader.TokenType != JsonTokenType.Number)
            throw Expected("an integer");
        if (!reader.TryGetUInt64(out ulong value))
            throw Expected($"an integer from 0 to {ulong.MaxValue}");
        return value;
    }

    public double Number()
        => reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out double value) ? value : throw Expected("a number");

    public int Int32() => (int)Int64(int.MinValue, int.MaxValue);

    public uint UInt32() => (uint)Int64(0, uint.MaxValue);

    public ushort UInt16() => (ushort)Int64(0, ushort.MaxValue);

    /// <summary>A user or group id. 4294967295 is (uid_t)-1, which means "unchanged" to the kernel.</summary>
    public uint Id() => (uint)Int64(0, uint.MaxValue - 1);

    public string[] Strings() => Array(&ReadString);

    public T[] Array<T>(delegate*<ref JsonCursor, T> item)
    {
        if (reader.TokenType == JsonTokenType.Null)
            return [];
        if (reader.TokenType != JsonTokenType.StartArray)
            throw Expected("an array");
        T[] items = [];
        int count = 0;
        for (Advance(); reader.TokenType != JsonTokenType.EndArray; Advance())
        {
            if (count == items.Length)
                System.Array.Resize(ref items, count == 0 ? 8 : count * 2);
            items[count++] = item(ref this);
        }
        System.Array.Resize(ref items, count);
        return items;
    }

    /// <summary>An array whose place is noted as <see cref="ReaderNotes.SeccompRules"/>.</summary>
    public T[] NotedRules<T>(delegate*<ref JsonCursor, T> item)
    {
        int start = Offset;
        T[] items = Array(item);
        notes?.SeccompRules = start..(int)reader.BytesConsumed;
        return items;
    }

    /// <summary>An object whose keys are data, in file order.</summary>
    public KeyValuePair<string, T>[] Map<T>(delegate*<ref JsonCursor, T> value)
    {
        KeyValuePair<string, T>[] pairs = [];
        int count = 0;
        JsonObject map = Object();
        while (Next(ref map))
        {
            if (count == pairs.Length)
                System.Array.Resize(ref pairs, count == 0 ? 8 : count * 2);
            string key = System.Text.Encoding.UTF8.GetString(propertyName);
            pairs[count++] = new KeyValuePair<string, T>(key, value(ref this));
        }
        System.Array.Resize(ref pairs, count);
        return pairs;
    }

    public KeyValuePair<string, string>[] StringMap() => Map(&ReadString);

    /// <summary>Skips a value that is not used; it must be well-formed nevertheless.</summary>
    public void Skip()
    {
        if (reader.TokenType == JsonTokenType.StartObject)
        {
            JsonObject ignored = Object();
            while (Next(ref ignored))
                Skip();
        }
        else if (reader.TokenType == JsonTokenType.StartArray)
        {
            for (Advance(); reader.TokenType != JsonTokenType.EndArray; Advance())
                Skip();
        }
        else if (reader.TokenType == JsonTokenType.String && reader.ValueIsEscaped)
        {
            Unescaped();
        }
    }

    /// <summary>The error for a value that the specification does not allow here: `expected X; got Y`.</summary>
    public readonly ContainerException Expected(string what)
        => Fail(ErrorCode.ConfigType, Offset, $"expected {what}; got {JsonPlace.Describe(reader)}");

    /// <param name="words">A prefix that callers look for.</param>
    public readonly ContainerException Missing(JsonObject at, string property, string words = "")
        => Fail(ErrorCode.ConfigRequired, at.Offset, $"{words}the required property \"{property}\" is missing");

    /// <summary>The error for an object that is invalid as a whole.</summary>
    public readonly ContainerException NotAllowed(JsonObject at, string why) => Fail(ErrorCode.ConfigValue, at.Offset, why);

    /// <summary>Notes a problem that is no error: the object lacks a property that the specification requires but nobody needs.</summary>
    public readonly void Warn(JsonObject at, string what)
    {
        if (notes is { HasRoom: true })
            notes.Warnings.Add(JsonPlace.Locate(document, json, at.Offset, what, out _));
    }

    private static string ReadString(ref JsonCursor json) => json.String();

    private readonly int Offset => (int)reader.TokenStartIndex;

    private void Advance()
    {
        try
        {
            reader.Read();
        }
        catch (JsonException e)
        {
            throw Syntax(e);
        }
    }

    private readonly string Unescaped()
    {
        string text;
        try
        {
            text = reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fail(ErrorCode.ConfigValue, Offset, "the string contains half of a surrogate pair");
        }
        // The kernel stops at the first NUL: the rest would be checked here and ignored there.
        return text.Contains('\0') ? throw Fail(ErrorCode.ConfigValue, Offset, "the string contains a NUL character") : text;
    }

    private readonly ContainerException Syntax(JsonException e) => JsonPlace.Syntax(document, json, e);

    private readonly ContainerException Fail(ErrorCode code, int offset, string what)
        => JsonPlace.Fail(code, document, json, offset, what);
}
