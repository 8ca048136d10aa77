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
