using System;
using System.Collections.Generic;
using System.Text.Json;
using System.Text.Unicode;

namespace SharpRunc.Core.Spec.Json;

/// <summary>
/// One forward walk over a JSON document. A method that reads stands on a value when it begins and on that value's last token when it returns.
/// Everything wrong is a <see cref="ContainerException"/> with line, column and pointer; those are worked out only then, by walking once more.
/// </summary>
internal unsafe ref struct JsonCursor
{
    /// <summary>config.json is the caller's, but a runtime that swaps or overflows on it helps nobody.</summary>
    public const int MaxBytes = 16 << 20, MaxDepth = 64;

    private readonly ReadOnlySpan<byte> _json;
    private readonly string _document;
    private Utf8JsonReader _reader;
    private readonly ReaderNotes? _notes;
    private SeenNames _seen;
    private ReadOnlySpan<byte> _name;

    /// <summary>The object whose property is asked for once more, in any case of its letters; see <see cref="Other"/>.</summary>
    private JsonObject _folded;
    private bool _folding;

    /// <param name="document">The name that errors begin with: config.json.</param>
    /// <param name="json">The whole document.</param>
    /// <param name="notes">Takes what is no error but worth a line.</param>
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

    /// <summary>Nothing but white space may follow the document's value.</summary>
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

    /// <summary>Steps into an object; null counts as an object that has nothing, as it does for Go, whose programs write it.</summary>
    public JsonObject Object()
    {
        if (_reader.TokenType is not (JsonTokenType.StartObject or JsonTokenType.Null))
            throw Expected("an object");
        return new JsonObject(Offset, _reader.TokenType == JsonTokenType.Null, _seen.Count);
    }

    /// <summary>Moves to the value of the object's next property; false at its end.</summary>
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
        // Two readers of one file must not see two configurations: which of two equal keys wins differs between them.
        if (!_seen.Add(ref at, _name))
            throw Fail(Offset, $"the key \"{System.Text.Encoding.UTF8.GetString(_name)}\" is there twice");
        Advance();
        return true;
    }

    /// <summary>
    /// Whether the property that <see cref="Next"/> stopped at has this name, and a value: null is "not set" for all of them, as it is for Go,
    /// whose programs write it.
    /// </summary>
    public bool Is(ReadOnlySpan<byte> name)
        => _name.SequenceEqual(name) ? _reader.TokenType != JsonTokenType.Null : _folding && IsFolded(name);

    /// <summary>
    /// Ends the questions with <see cref="Is"/>: the property has none of these names. They are asked once more for one that differs in the case
    /// of letters only, which is how Go's encoding/json reads, and so every caller that was tried with another runtime; else a limit or a mask
    /// would be lost over a capital letter. What is unknown then too is passed over, as config.md#extensibility wants.
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

    /// <summary>For optional strings "" is the same as absent, as it is for every engine written in Go.</summary>
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

    /// <summary>A user or group id. 4294967295 is (uid_t)-1, "leave as it is", to the kernel.</summary>
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

    /// <summary>An object whose keys are data, in the order of the file.</summary>
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

    /// <summary>Passes over a value that means nothing to us; it must be well formed all the same.</summary>
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

    /// <summary>The failure that the current value is not what the specification has there: `expected X; got Y`.</summary>
    public readonly ContainerException Expected(string what) => Fail(Offset, $"expected {what}; got {JsonPlace.Describe(_reader)}");

    /// <param name="words">Those that callers look for, before ours.</param>
    public readonly ContainerException Missing(JsonObject at, string property, string words = "")
        => Fail(at.Offset, $"{words}the required property \"{property}\" is missing");

    /// <summary>The failure that the object as a whole cannot be.</summary>
    public readonly ContainerException Unfit(JsonObject at, string why) => Fail(at.Offset, why);

    /// <summary>What is no error, and worth a line: the object lacks a property that the specification asks for and everybody does without.</summary>
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
        // What reaches the kernel ends at the first NUL: the rest would be checked by us and ignored by it.
        return text.Contains('\0') ? throw Fail(Offset, "the string holds a NUL character") : text;
    }

    private readonly ContainerException Syntax(JsonException e) => JsonPlace.Syntax(_document, _json, e);

    private readonly ContainerException Fail(int offset, string what) => JsonPlace.Fail(_document, _json, offset, what);
}
