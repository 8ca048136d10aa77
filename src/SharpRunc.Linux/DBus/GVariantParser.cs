using System;
using System.Collections.Generic;
using static SharpRunc.Linux.DBus.GVariantKind;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Values in text form (https://docs.gtk.org/glib/gvariant-text-format.html): the input of GLib's g_variant_parse, plus the byte string
/// escapes of Go's godbus. D-Bus has neither Maybe types nor empty tuples.
/// </summary>
internal static class GVariantText
{
    /// <summary>In characters.</summary>
    public const int MaxLength = 65536;

    /// <exception cref="FormatException">Names the character, counted from 1, and what is expected there.</exception>
    public static DBusValue Parse(string text)
    {
        if (text.Length > MaxLength)
            throw Error(MaxLength, $"a text of {text.Length} characters: it may have {MaxLength}");
        return new GVariantParser(text).Parse().Build();
    }

    /// <param name="position">Counted from 0.</param>
    public static FormatException Error(int position, string what) => new($"character {position + 1}: {what}");
}

/// <summary>The grammar of GVariant text; its result has type patterns but no values yet.</summary>
internal sealed class GVariantParser(string text)
{
    private int at;

    /// <summary>A single value, with nothing after it.</summary>
    public GVariantNode Parse()
    {
        GVariantNode value = Value(0);
        return Peek() == End ? value : throw Expected("the end");
    }

    /// <summary>Never occurs in a text, because D-Bus has no NUL.</summary>
    private const char End = '\0';

    /// <param name="depth">The number of containers and type names around it.</param>
    private GVariantNode Value(int depth)
    {
        char next = Peek();
        int start = at;
        if (depth > DBusSignature.MaxValueDepth)
            throw GVariantText.Error(start, $"expected no more than {DBusSignature.MaxValueDepth} values, one in another");
        switch (next)
        {
            case '[':
                return Array(depth + 1);
            case '(':
                return Tuple(depth + 1);
            case '{':
                return Braces(depth + 2);
            case '<':
                at++;
                GVariantNode inner = Value(depth + 1);
                Require('>', "> behind the value of a variant");
                return new(start, Variant, "v", "", [inner]);
            case '@':
                at++;
                string type = Type();
                return Typed(type, Value(depth + 1));
            case '\'' or '"':
                return new(start, GVariantKind.String, "S", GVariantString.Parse(text, ref at), []);
            case 'b' when at + 1 < text.Length && text[at + 1] is '\'' or '"':
                at++;
                return new(start, Bytes, "ay", GVariantString.ParseBytes(text, ref at), []);
            case '+' or '-' or '.' or (>= '0' and <= '9'):
                return Number(Word());
            default:
                return char.IsAsciiLetterLower(next) ? Keyword(Word(), start, depth) : throw Expected("a value");
        }
    }

    private GVariantNode Keyword(string word, int start, int depth)
    {
        switch (word)
        {
            case "true" or "false": return new(start, GVariantKind.Boolean, "b", word, []);
            case "inf" or "nan": return Number(word);
        }
        string type = word switch
        {
            "boolean" => "b",
            "byte" => "y",
            "int16" => "n",
            "uint16" => "q",
            "int32" => "i",
            "uint32" => "u",
            "handle" => "h",
            "int64" => "x",
            "uint64" => "t",
            "double" => "d",
            "string" => "s",
            "objectpath" => "o",
            "signature" => "g",
            "just" or "nothing" => throw GVariantText.Error(start, "expected a value that D-Bus has: it has no Maybe types"),
            _ => throw GVariantText.Error(start, $"expected a value or the name of a type, and there is '{word}'"),
        };
        return Typed(type, Value(depth + 1));
    }

    private GVariantNode Number(string word)
    {
        string pattern = GVariantNumber.IsDouble(word) ? "d" : "N";
        return new(at - word.Length, GVariantKind.Number, pattern, word, []);
    }

    private static GVariantNode Typed(string type, GVariantNode value)
    {
        string? pattern = GVariantPattern.Combine(type, value.Pattern);
        if (pattern is null)
            throw GVariantText.Error(value.Position, $"expected a value of type {type}");
        return value with { Pattern = pattern };
    }

    /// <summary>One complete type after an @.</summary>
    private string Type()
    {
        ReadOnlySpan<char> rest = text.AsSpan(at, Math.Min(text.Length - at, DBusSignature.MaxLength));
        try
        {
            int length = DBusSignature.First(rest);
            at += length;
            return rest[..length].ToString();
        }
        catch (FormatException)
        {
            throw Expected("a D-Bus type behind @; there are no Maybe types and no empty tuples");
        }
    }

    private GVariantNode Array(int depth)
    {
        int start = at++;
        List<GVariantNode> items = [];
        string pattern = "*";
        while (Peek() != ']' || items.Count > 0)
        {
            items.Add(Value(depth));
            pattern = Common(pattern, items[^1], "element");
            if (Either(']', ',', "] or , behind an element") == ']')
                return new(start, GVariantKind.Array, Limited("a" + pattern, start), "", [.. items]);
        }
        at++;
        return new(start, GVariantKind.Array, "a*", "", []);
    }

    private GVariantNode Tuple(int depth)
    {
        int start = at++;
        List<GVariantNode> fields = [];
        List<string> patterns = [];
        while (Peek() != ')' || fields.Count > 1)
        {
            fields.Add(Value(depth));
            patterns.Add(fields[^1].Pattern);
            if (Either(')', ',', ") or , behind a value of a tuple") == ')')
                return fields.Count > 1 ? Finished() : throw GVariantText.Error(at - 1, "expected , behind the only value of a tuple");
        }
        at++;
        return fields.Count == 1 ? Finished() : throw GVariantText.Error(start, "expected a value in the tuple: D-Bus has no empty ones");

        GVariantNode Finished() => new(start, GVariantKind.Tuple, Limited($"({string.Concat(patterns)})", start), "", [.. fields]);
    }

    /// <summary>A dictionary, or a single entry, which has a comma instead of the colon.</summary>
    private GVariantNode Braces(int depth)
    {
        int start = at++;
        List<GVariantNode> pairs = [];
        string keys = "*", values = "*";
        while (Peek() != '}' || pairs.Count > 0)
        {
            pairs.Add(Value(depth));
            if (!GVariantPattern.IsBasic(pairs[^1].Pattern))
                throw GVariantText.Error(pairs[^1].Position, "expected a key that is a number, a text or a boolean");
            keys = Common(keys, pairs[^1], "key");
            char behind = pairs.Count == 1 ? Either(':', ',', ": or , behind the first key") : Either(':', ':', ": behind a key");
            bool isEntry = behind == ',';
            pairs.Add(Value(depth));
            values = Common(values, pairs[^1], "value");
            if (isEntry)
            {
                Require('}', "} behind the value of a dictionary entry");
                return new(start, Entry, Limited($"{{{keys}{values}}}", start), "", [.. pairs]);
            }
            if (Either('}', ',', "} or , behind a value") == '}')
                return new(start, Dictionary, Limited($"a{{{keys}{values}}}", start), "", [.. pairs]);
        }
        at++;
        return new(start, Dictionary, "a{**}", "", []);
    }

    private static string Common(string pattern, GVariantNode node, string what)
    {
        string? common = GVariantPattern.Combine(pattern, node.Pattern);
        return common ?? throw GVariantText.Error(node.Position, $"expected the same type that every {what} before has");
    }

    private static string Limited(string pattern, int start)
    {
        if (pattern.Length > DBusSignature.MaxLength)
            throw GVariantText.Error(start, $"expected a type of at most {DBusSignature.MaxLength} characters");
        return pattern;
    }

    /// <summary>Letters, digits, and the other characters of numbers.</summary>
    private string Word()
    {
        int start = at;
        while (at < text.Length && (char.IsAsciiLetterOrDigit(text[at]) || text[at] is '+' or '-' or '.'))
            at++;
        return text[start..at];
    }

    private char Peek()
    {
        while (at < text.Length && char.IsWhiteSpace(text[at]))
            at++;
        if (at == text.Length)
            return End;
        return text[at] != End ? text[at] : throw Expected("no NUL");
    }

    private void Require(char wanted, string what) => Either(wanted, wanted, what);

    /// <summary>Consumes the next character, which must be one of two.</summary>
    private char Either(char one, char other, string what)
    {
        char next = Peek();
        if (next != one && next != other)
            throw Expected(what);
        at++;
        return next;
    }

    private FormatException Expected(string what) => GVariantText.Error(at, $"expected {what}");
}
