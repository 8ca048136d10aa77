using System;
using System.Globalization;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// GVariant text as g_variant_print writes it with type annotations. A type is written where it is not evident, and only once in an array,
/// whose elements all have the same type.
/// </summary>
internal static class GVariantPrinter
{
    public static string Print(DBusValue value)
    {
        StringBuilder text = new();
        Print(text, value, isAnnotated: true);
        return text.ToString();
    }

    private static void Print(StringBuilder text, DBusValue value, bool isAnnotated)
    {
        switch (value.Signature[0])
        {
            case 'a' when value.Items.Length == 0:
                text.Append(isAnnotated ? $"@{value.Signature} " : "").Append(value.Signature[1] == '{' ? "{}" : "[]");
                break;
            case 'a' when value.Signature[1] == '{':
                List(text, '{', value.Items, '}', isAnnotated, isArray: true);
                break;
            case 'a':
                List(text, '[', value.Items, ']', isAnnotated, isArray: true);
                break;
            case '(':
                List(text, '(', value.Items, ')', isAnnotated, isArray: false);
                break;
            case '{':
                List(text, '{', value.Items, '}', isAnnotated, isArray: false);
                break;
            case 'v':
                text.Append('<');
                Print(text, value.Items[0], isAnnotated: true);
                text.Append('>');
                break;
            default:
                Basic(text, value, isAnnotated);
                break;
        }
    }

    private static void List(StringBuilder text, char open, DBusValue[] items, char close, bool isAnnotated, bool isArray)
    {
        text.Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
                text.Append(", ");
            if (isArray && open == '{')
                Pair(text, items[i].Items, isAnnotated && i == 0);
            else
                Print(text, items[i], isAnnotated && (i == 0 || !isArray));
        }
        if (open == '(' && items.Length == 1)
            text.Append(',');
        text.Append(close);
    }

    private static void Pair(StringBuilder text, DBusValue[] pair, bool isAnnotated)
    {
        Print(text, pair[0], isAnnotated);
        text.Append(": ");
        Print(text, pair[1], isAnnotated);
    }

    private static void Basic(StringBuilder text, DBusValue value, bool isAnnotated)
    {
        char type = value.Signature[0];
        if (isAnnotated)
            text.Append(Keyword(type));
        _ = type switch
        {
            's' or 'o' or 'g' => Quoted(text, value.AsString()),
            'b' => text.Append(value.AsBoolean() ? "true" : "false"),
            'd' => text.Append(Double(BitConverter.UInt64BitsToDouble(value.Bits))),
            'y' => text.Append("0x").Append(((byte)value.Bits).ToString("x2")),
            'n' or 'i' or 'x' => text.Append((long)value.Bits),
            _ => text.Append(value.Bits),
        };
    }

    /// <summary>Empty if the value's text already implies the type.</summary>
    private static string Keyword(char type) => type switch
    {
        'y' => "byte ",
        'n' => "int16 ",
        'q' => "uint16 ",
        'u' => "uint32 ",
        'x' => "int64 ",
        't' => "uint64 ",
        'h' => "handle ",
        'o' => "objectpath ",
        'g' => "signature ",
        _ => "",
    };

    private static string Double(double value)
    {
        if (double.IsNaN(value))
            return "nan";
        if (double.IsInfinity(value))
            return value > 0 ? "inf" : "-inf";
        // GLib accepts only a lower-case e.
        string text = value.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : text;
    }

    private static StringBuilder Quoted(StringBuilder text, string value)
    {
        char quote = value.Contains('\'') ? '"' : '\'';
        text.Append(quote);
        foreach (char c in value)
            if (c == quote || c == '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c))
                text.Append("\\u").Append(((int)c).ToString("x4"));
            else
                text.Append(c);
        return text.Append(quote);
    }
}
