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

    private readonly ReadOnlySpan<byte> _json;
    private readonly string _document;
    private Utf8JsonReader _reader;
    private readonly ReaderNotes? _notes;
    private SeenNames _seen;
    private ReadOnlySpan<byte> _name;

    /// <summary>The object whose current property is matched once more, ignoring case; see <see cref="Other"/>.</summary>
    private JsonObject _folded;
    private bool _folding;

    /// <param name="document">The name that errors begin with: config.json.</param>
    /// <param name="json">The whole document.</param>
    /// <param name="notes">Receives what is worth a message but no error.</param>
    public JsonCursor(string document, ReadOnlySpan<byte> json, ReaderNotes? notes = null)
    {
        _document = document;
        _notes = notes;
        _json = json;
        if (json.Length > MaxBytes)
            throw new ContainerException($"{document}: {json.Length} bytes are more than the {MaxBytes} (16 MiB) that are read") { Pointer = "" };
        if (!Utf8.IsValid(json))
            throw Fail(JsonPlace.FirstInvalidUtf8(json), "not valid UTF-8");
        _reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MaxDepth });
        _seen = new SeenNames();
        Advance();
    }

    /// <summary>Only white space may follow the document's value.</summary>
    public void End()
    {
        try
        {
            _reader.Read();
        }
        catch (JsonException e)
        {
            throw Syntax(e);
        }
    }

    /// <summary>Enters an object. null counts as an empty object, as in Go, whose programs write it.</summary>
    public JsonObject Object()
    {
        if (_reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            throw Expected("an object");
        return new JsonObject(Offset, _reader.TokenType == JsonTokenType.Null, _seen.Count);
    }

    /// <summary>Moves to the value of the object's next property; false at the end of the object.</summary>
    public bool Next(ref JsonObject at)
    {
        if (at.IsNull)
            return false;
        if (_folding)
            return true;
        Advance();
        if (_reader.TokenType == JsonTokenType.EndObject)
        {
            _seen.Leave(at.FirstName);
            return false;
        }
        _name = _reader.ValueIsEscaped ? System.Text.Encoding.UTF8.GetBytes(Unescaped()) : _reader.ValueSpan;
        // Two readers of one file must not see different configurations: which of two equal keys wins depends on the reader.
        if (!_seen.Add(ref at, _name))
            throw Fail(Offset, $"the key \"{System.Text.Encoding.UTF8.GetString(_name)}\" is there twice");
        Advance();
        return true;
    }

    /// <summary>
    /// Whether the property that <see cref="Next"/> stopped at has this name, and a value: null means "not set" for all of them, as in Go,
    /// whose programs write it.
    /// </summary>
    public bool Is(ReadOnlySpan<byte> name)
        => _name.SequenceEqual(name) ? _reader.TokenType != JsonTokenType.Null : _folding && IsFolded(name);

    /// <summary>
    /// Ends the sequence of <see cref="Is"/> calls: none of the names matched. They are then called once more to match regardless of case.
    /// Go's encoding/json reads that way, and so did the runtimes that callers were tested with; otherwise a limit or a mask would be lost
    /// over a capital letter. A name that is still unknown is ignored, as config.md#extensibility requires.
    /// </summary>
    public void Other(ref JsonObject at)
    {
        if (!_folding)
        {
            _seen.Reserve(ref at);
            (_folded, _folding) = (at, true);
            return;
        }
        _folding = false;
        if (_reader.TokenType != JsonTokenType.Null && _notes is { HasRoomForUnknown: true })
            _notes.Unknown.Add(JsonPlace.Said(_document, _json, Offset, "not a property of this object; passed over", out _));
        Skip();
    }

    private bool IsFolded(ReadOnlySpan<byte> name)
    {
        if (!JsonNames.DifferInCaseOnly(_name, name))
            return false;
        string given = System.Text.Encoding.UTF8.GetString(_name), known = System.Text.Encoding.UTF8.GetString(name);
        if (!_seen.Add(ref _folded, name))
            throw Fail(Offset, $"the key \"{known}\" is there twice, as \"{given}\" too");
        if (_reader.TokenType == JsonTokenType.Null)
            return false;
        _folding = false;
        if (_notes is { HasRoom: true })
            _notes.Warnings.Add(JsonPlace.Said(_document, _json, Offset, $"is read as \"{known}\", as the specification spells it", out _));
        return true;
    }

    public string String()
    {
        if (_reader.TokenType != JsonTokenType.String)
            throw Expected("a string");
        return _reader.ValueIsEscaped ? Unescaped() : _reader.GetString()!;
    }

    /// <summary>Treats "" as absent, as engines written in Go do for optional strings.</summary>
    public string? OptionalString() => String() is { Length: > 0 } text ? text : null;

    public bool Boolean() => _reader.TokenType switch
    {
        JsonTokenType.True => true,
        JsonTokenType.False => false,
        _ => throw Expected("true or false"),
    };

    public long Int64(long min = long.MinValue, long max = long.MaxValue)
    {
        if (_reader.TokenType != JsonTokenType.Number)
            throw Expected("an integer");
        if (!_reader.TryGetInt64(out long value) || value < min || value > max)
            throw Expected($"an integer from {min} to {max}");
        return value;
    }

    public ulong UInt64()
    {
        if (_reader.TokenType != JsonTokenType.Number)
            throw Expected("an integer");
        if (!_reader.TryGetUInt64(out ulong value))
            throw Expected($"an integer from 0 to {ulong.MaxValue}");
        return value;
    }

    public int Int32() => (int)Int64(int.MinValue, int.MaxValue);

    public uint UInt32() => (uint)Int64(0, uint.MaxValue);

    public ushort UInt16() => (ushort)Int64(0, ushort.MaxValue);

    /// <summary>A user or group id. 4294967295 is (uid_t)-1, which means "unchanged" to the kernel.</summary>
    public uint Id() => (uint)Int64(0, uint.MaxValue - 1);

    public string[] Strings() => Array(&ReadString);

    public T[] Array<T>(delegate*<ref JsonCursor, T> item)
    {
        if (_reader.TokenType == JsonTokenType.Null)
            return [];
        if (_reader.TokenType != JsonTokenType.StartArray)
            throw Expected("an array");
        T[] items = [];
        int count = 0;
        for (Advance(); _reader.TokenType != JsonTokenType.EndArray; Advance())
        {
            if (count == items.Length)
                System.Array.Resize(ref items, count == 0 ? 8 : count * 2);
            items[count++] = item(ref this);
        }
        System.Array.Resize(ref items, count);
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
            string key = System.Text.Encoding.UTF8.GetString(_name);
            pairs[count++] = new KeyValuePair<string, T>(key, value(ref this));
        }
        System.Array.Resize(ref pairs, count);
        return pairs;
    }

    public KeyValuePair<string, string>[] StringMap() => Map(&ReadString);

    /// <summary>Skips a value that is not used; it must be well-formed nevertheless.</summary>
    public void Skip()
    {
        if (_reader.TokenType == JsonTokenType.StartObject)
        {
            JsonObject ignored = Object();
            while (Next(ref ignored))
                Skip();
        }
        else if (_reader.TokenType == JsonTokenType.StartArray)
        {
            for (Advance(); _reader.TokenType != JsonTokenType.EndArray; Advance())
                Skip();
        }
        else if (_reader.TokenType == JsonTokenType.String && _reader.ValueIsEscaped)
        {
            Unescaped();
        }
    }

    /// <summary>The error for a value that the specification does not allow here: `expected X; got Y`.</summary>
    public readonly ContainerException Expected(string what) => Fail(Offset, $"expected {what}; got {JsonPlace.Describe(_reader)}");

    /// <param name="words">A prefix that callers look for.</param>
    public readonly ContainerException Missing(JsonObject at, string property, string words = "")
        => Fail(at.Offset, $"{words}the required property \"{property}\" is missing");

    /// <summary>The error for an object that is invalid as a whole.</summary>
    public readonly ContainerException Unfit(JsonObject at, string why) => Fail(at.Offset, why);

    /// <summary>Notes a problem that is no error: the object lacks a property that the specification requires but nobody needs.</summary>
    public readonly void Warn(JsonObject at, string what)
    {
        if (_notes is { HasRoom: true })
            _notes.Warnings.Add(JsonPlace.Said(_document, _json, at.Offset, what, out _));
    }

    private static string ReadString(ref JsonCursor json) => json.String();

    private readonly int Offset => (int)_reader.TokenStartIndex;

    private void Advance()
    {
        try
        {
            _reader.Read();
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
            text = _reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw Fail(Offset, "the string holds half of a surrogate pair");
        }
        // The kernel stops at the first NUL: the rest would be checked here and ignored there.
        return text.Contains('\0') ? throw Fail(Offset, "the string holds a NUL character") : text;
    }

    private readonly ContainerException Syntax(JsonException e) => JsonPlace.Syntax(_document, _json, e);

    private readonly ContainerException Fail(int offset, string what) => JsonPlace.Fail(_document, _json, offset, what);
}
