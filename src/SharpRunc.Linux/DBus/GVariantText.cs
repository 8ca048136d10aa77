using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// GVariant text (GLib, GVariant Text Format) as values of D-Bus: <c>uint64 5</c>, <c>'text'</c>, <c>[1, 2]</c>, <c>{'a': &lt;true>}</c>,
/// <c>@as []</c>. A number without a type is an int32, or a double when it has a point or an exponent. Maybe types are not D-Bus's.
/// </summary>
internal ref struct GVariantText
{
    private const int MaxDepth = 64;
    private const int MaxLength = 64 * 1024;

    private static readonly (string Keyword, char Type)[] Keywords =
    [
        ("boolean", 'b'), ("byte", 'y'), ("int16", 'n'), ("uint16", 'q'), ("int32", 'i'), ("uint32", 'u'), ("int64", 'x'), ("uint64", 't'), ("double", 'd'),
        ("string", 's'), ("objectpath", 'o'), ("signature", 'g'),
    ];

    private readonly ReadOnlySpan<char> text;
    private int at;
    private int depth;

    private GVariantText(ReadOnlySpan<char> text) => this.text = text;

    /// <exception cref="FormatException">Where it is not as the format has it, and what was expected there.</exception>
    public static DBusValue Parse(string text)
    {
        if (text.Length > MaxLength)
            throw new FormatException($"more than {MaxLength} characters");
        GVariantText reader = new(text);
        DBusValue value = reader.Value(null);
        return reader.Next() == '\0' ? value : throw reader.Expected("the end");
    }

    internal static string Keyword(char type) => System.Array.Find(Keywords, row => row.Type == type).Keyword;

    /// <param name="type">Known from outside; null: what the text itself says.</param>
    private DBusValue Value(string? type)
    {
        if (++depth > MaxDepth)
            throw Expected("no more than 64 values in each other");
        char next = Next();
        DBusValue value = next switch
        {
            '@' => Typed(),
            '[' => Array(type),
            '(' => Tuple(type),
            '{' => Dictionary(type),
            '<' => Variant(),
            '\'' or '"' => Of(type ?? "s", GVariantQuote.Read(text, ref at)),
            'b' when at + 1 < text.Length && text[at + 1] is '\'' or '"' => Bytes(),
            _ when char.IsAsciiLetter(next) && next is not 'i' and not 'n' || IsKeyword() => Word(type),
            _ => Number(type ?? ""),
        };
        depth--;
        return type is null || value.Signature == type ? value : throw Expected($"a value of type {type}");
    }

    private DBusValue Typed()
    {
        at++;
        int length;
        try
        {
            length = DBusSyntax.Length(text[at..]);
        }
        catch (FormatException e)
        {
            throw Expected("a type of D-Bus", e);
        }
        string type = text.Slice(at, length).ToString();
        at += length;
        return Value(type);
    }

    private readonly bool IsKeyword()
    {
        foreach ((string keyword, _) in Keywords)
            if (PeekWord().SequenceEqual(keyword))
                return true;
        return false;
    }

    private readonly ReadOnlySpan<char> PeekWord()
    {
        int end = at;
        while (end < text.Length && char.IsAsciiLetterOrDigit(text[end]))
            end++;
        return text[at..end];
    }

    /// <summary>true, false, or the type of what follows.</summary>
    private DBusValue Word(string? type)
    {
        ReadOnlySpan<char> word = PeekWord();
        if (word is "true" or "false")
        {
            at += word.Length;
            return DBusValue.Boolean(word is "true");
        }
        foreach ((string keyword, char known) in Keywords)
            if (word.SequenceEqual(keyword))
            {
                at += word.Length;
                return Value(known.ToString());
            }
        throw Expected(type is null ? "a value: true, false, a number, 'text', [ ( { or <" : $"a value of type {type}");
    }

    private DBusValue Number(string type)
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '+' or '-' or '.'))
            at++;
        ReadOnlySpan<char> token = text[start..at];
        if (type.Length == 0)
            type = GVariantNumber.IsDouble(token) ? "d" : "i";
        if (GVariantNumber.TryParse(token, type[0]) is { } number && type.Length == 1)
            return number;
        at = start;
        throw Expected(type.Length == 1 && GVariantNumber.Is(type[0]) ? $"a number that fits {Keyword(type[0])}" : "a value");
    }

    /// <summary>b'…': bytes and a NUL behind them.</summary>
    private DBusValue Bytes()
    {
        at++;
        List<DBusValue> bytes = [];
        foreach (byte b in System.Text.Encoding.UTF8.GetBytes(GVariantQuote.Read(text, ref at)))
            bytes.Add(DBusValue.Byte(b));
        bytes.Add(DBusValue.Byte(0));
        return DBusValue.Array("y", [.. bytes]);
    }

    private DBusValue Array(string? type)
    {
        string? item = type is ['a', ..] ? type[1..] : null;
        List<DBusValue> items = [];
        at++;
        while (Next() != ']')
        {
            if (items.Count > 0)
                Skip(',');
            // The items have one type: what the first one says.
            items.Add(Value(item));
            item = items[0].Signature;
        }
        at++;
        return DBusValue.Array(item ?? throw Expected("a type: an empty array is written @as []"), [.. items]);
    }

    private DBusValue Tuple(string? type)
    {
        List<DBusValue> fields = [];
        int known = 1;
        at++;
        while (Next() != ')')
        {
            if (fields.Count > 0)
            {
                Skip(',');
                if (Next() == ')')
                    break;
            }
            fields.Add(Value(Part(type, ref known)));
        }
        Skip(')');
        return fields.Count > 0 ? DBusValue.Struct([.. fields]) : throw Expected("a field: D-Bus has no empty structs");
    }

    /// <summary>{key: value, …}, or one entry {key, value}.</summary>
    private DBusValue Dictionary(string? type)
    {
        string? entry = type is ['a', '{', ..] ? type[1..] : type is ['{', ..] ? type : null;
        List<DBusValue> entries = [];
        at++;
        while (Next() != '}')
        {
            if (entries.Count > 0)
                Skip(',');
            int known = 1;
            DBusValue key = Value(Part(entry, ref known));
            bool isLone = Next() == ',' && entries.Count == 0;
            Skip(isLone ? ',' : ':');
            DBusValue value = Value(Part(entry, ref known));
            if (!DBusSyntax.IsBasic(key.Signature[0]))
                throw Expected("a key that is a number, a truth or text");
            entries.Add(DBusValue.Entry(key, value));
            if (isLone)
            {
                Skip('}');
                return entries[0];
            }
            entry = entries[0].Signature;
        }
        at++;
        return DBusValue.Array(entry ?? throw Expected("a type: an empty dictionary is written @a{sv} {}"), [.. entries]);
    }

    /// <summary>The next member's type in that of a struct or an entry.</summary>
    private static string? Part(string? type, ref int known)
    {
        if (type is null || known >= type.Length - 1)
            return null;
        string part = type.Substring(known, DBusSyntax.Length(type.AsSpan(known)));
        known += part.Length;
        return part;
    }

    private DBusValue Variant()
    {
        at++;
        DBusValue inner = Value(null);
        Skip('>');
        return DBusValue.Variant(inner);
    }

    private readonly DBusValue Of(string type, string content)
    {
        try
        {
            return type switch
            {
                "o" => DBusValue.ObjectPath(content),
                "g" => DBusValue.OfSignature(content),
                _ => DBusValue.String(content),
            };
        }
        catch (FormatException e)
        {
            throw Expected(e.Message, e);
        }
    }

    private void Skip(char wanted)
    {
        if (Next() != wanted)
            throw Expected(wanted.ToString());
        at++;
    }

    /// <summary>Past blanks; NUL at the end.</summary>
    private char Next()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        return at < text.Length ? text[at] : '\0';
    }

    private readonly FormatException Expected(string what, Exception? inner = null)
        => new(string.Create(CultureInfo.InvariantCulture, $"at character {at + 1}: expected {what}"), inner);
}
