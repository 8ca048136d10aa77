using System;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>A node of the text, before its type is certain.</summary>
/// <param name="Position">In the text, for errors.</param>
/// <param name="Pattern">The pattern of its type: <see cref="GVariantPattern"/>.</param>
/// <param name="Text">A number or a keyword as written; a string unescaped; for a byte string, each byte as a character.</param>
/// <param name="Children">For a dictionary, keys and values alternately.</param>
internal sealed record GVariantNode(int Position, GVariantKind Kind, string Pattern, string Text, GVariantNode[] Children)
{
    /// <summary>The value, with the type that the node has on its own.</summary>
    public DBusValue Build()
    {
        string signature = GVariantPattern.Signature(Pattern)
            ?? throw GVariantText.Error(Position, "expected a type, as in @as []: an empty list does not say what it is empty of");
        try
        {
            DBusSignature.RequireOne(signature);
        }
        catch (FormatException e)
        {
            throw GVariantText.Error(Position, Kind == GVariantKind.Entry ? "expected an array around a dictionary entry" : e.Message);
        }
        return Build(signature);
    }

    private DBusValue Build(string signature)
    {
        switch (Kind)
        {
            case GVariantKind.Boolean:
                return DBusValue.Boolean(Text == "true");
            case GVariantKind.Number:
                return GVariantNumber.Parse(Text, signature[0], Position);
            case GVariantKind.String:
                return BuildText(signature[0]);
            case GVariantKind.Bytes:
                return DBusValue.Array("y", Array.ConvertAll(Encoding.Latin1.GetBytes(Text), DBusValue.Byte));
            case GVariantKind.Variant:
                return DBusValue.Variant(Children[0].Build());
            case GVariantKind.Array:
                string element = signature[1..];
                return DBusValue.Array(element, Array.ConvertAll(Children, child => child.Build(element)));
            case GVariantKind.Dictionary:
                DBusValue[] entries = new DBusValue[Children.Length / 2];
                for (int i = 0; i < entries.Length; i++)
                    entries[i] = Pair(signature.AsSpan(2), Children[2 * i], Children[2 * i + 1]);
                return DBusValue.Array(signature[1..], entries);
            case GVariantKind.Entry:
                return Pair(signature.AsSpan(1), Children[0], Children[1]);
            default:
                DBusValue[] fields = new DBusValue[Children.Length];
                ReadOnlySpan<char> rest = signature.AsSpan(1);
                for (int i = 0; i < fields.Length; i++)
                {
                    int length = DBusSignature.First(rest);
                    fields[i] = Children[i].Build(rest[..length].ToString());
                    rest = rest[length..];
                }
                return DBusValue.Struct(fields);
        }
    }

    private DBusValue BuildText(char type)
    {
        try
        {
            return type switch
            {
                'o' => DBusValue.ObjectPath(Text),
                'g' => DBusValue.OfSignature(Text),
                _ => DBusValue.String(Text),
            };
        }
        catch (FormatException e)
        {
            throw GVariantText.Error(Position, e.Message);
        }
    }

    /// <param name="types">The types of key and value, and a brace.</param>
    private static DBusValue Pair(ReadOnlySpan<char> types, GVariantNode key, GVariantNode value)
        => DBusValue.Entry(key.Build(types[..1].ToString()), value.Build(types[1..^1].ToString()));
}

internal enum GVariantKind
{
    Boolean,
    Number,
    String,
    Bytes,
    Variant,
    Array,
    Dictionary,
    Entry,
    Tuple,
}

/// <summary>
/// A signature that is only partly known: N is any number, S any kind of text, * any type at all. All elements of an array have the same
/// type, so what one leaves open another may determine.
/// </summary>
internal static class GVariantPattern
{
    public const char Number = 'N', Text = 'S', Any = '*';

    /// <summary>Returns what fits both; null if nothing does.</summary>
    public static string? Combine(string left, string right)
    {
        if (left == right)
            return left;
        StringBuilder both = new();
        int l = 0, r = 0;
        while (l < left.Length && r < right.Length)
            if (left[l] == right[r])
            {
                both.Append(left[l]);
                l++;
                r++;
            }
            else if (left[l] == Any)
            {
                l++;
                both.Append(One(right, ref r));
            }
            else if (right[r] == Any)
            {
                r++;
                both.Append(One(left, ref l));
            }
            else if (Narrowed(left[l], right[r]) is { } type)
            {
                both.Append(type);
                l++;
                r++;
            }
            else
                return null;
        return l == left.Length && r == right.Length ? both.ToString() : null;
    }

    /// <summary>Resolves numbers and texts to their default types; null if a type is still open.</summary>
    public static string? Signature(string pattern)
        => pattern.Contains(Any) ? null : pattern.Replace(Number, 'i').Replace(Text, 's');

    /// <summary>Whether it can be a dictionary's key.</summary>
    public static bool IsBasic(string pattern)
    {
        if (pattern.Length != 1)
            return false;
        char type = pattern[0];
        return type is Number or Text || DBusSignature.IsBasic(type);
    }

    private static char? Narrowed(char left, char right) => (left, right) switch
    {
        (Number, _) when IsNumber(right) => right,
        (_, Number) when IsNumber(left) => left,
        (Text, _) when DBusSignature.IsText(right) => right,
        (_, Text) when DBusSignature.IsText(left) => left,
        _ => null,
    };

    private static bool IsNumber(char type) => type != 'b' && DBusSignature.IsBasic(type) && !DBusSignature.IsText(type);

    /// <summary>The complete type at a position.</summary>
    private static ReadOnlySpan<char> One(string pattern, ref int at)
    {
        int start = at;
        while (pattern[at] == 'a')
            at++;
        int open = 0;
        do
        {
            open += pattern[at] switch { '(' or '{' => 1, ')' or '}' => -1, _ => 0 };
            at++;
        }
        while (open > 0);
        return pattern.AsSpan(start, at - start);
    }
}
