using System.Globalization;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>Values as GVariant text (GLib, GVariant Text Format), with types where they would not be read back without.</summary>
internal static class GVariantPrinter
{
    public static string Print(DBusValue value)
    {
        StringBuilder text = new();
        Print(value, text);
        return text.ToString();
    }

    private static void Print(DBusValue value, StringBuilder text)
    {
        switch (value.Content)
        {
            case bool truth:
                text.Append(truth ? "true" : "false");
                break;
            case double number:
                string digits = double.IsNaN(number) ? "nan" : double.IsInfinity(number) ? number > 0 ? "inf" : "-inf" : number.ToString("R", CultureInfo.InvariantCulture);
                text.Append(digits).Append(GVariantNumber.IsDouble(digits) ? "" : ".0");
                break;
            case byte number:
                text.Append(CultureInfo.InvariantCulture, $"byte 0x{number:x2}");
                break;
            case string content:
                text.Append(value.Signature switch { "o" => "objectpath ", "g" => "signature ", _ => "" });
                Quote(content, text);
                break;
            case DBusValue[] items:
                Print(value.Signature, items, text);
                break;
            default:
                text.Append(value.Signature == "i" ? "" : GVariantText.Keyword(value.Signature[0]) + " ").Append(CultureInfo.InvariantCulture, $"{value.Content}");
                break;
        }
    }

    private static void Print(string signature, DBusValue[] items, StringBuilder text)
    {
        if (signature[0] == 'a' && items.Length == 0)
            text.Append('@').Append(signature).Append(' ');
        (string open, string separator, string close) = signature[0] switch
        {
            'v' => ("<", "", ">"),
            '(' => ("(", ", ", items.Length == 1 ? ",)" : ")"),
            '{' => ("", ": ", ""),
            _ => signature[1] == '{' ? ("{", ", ", "}") : ("[", ", ", "]"),
        };
        text.Append(open);
        for (int i = 0; i < items.Length; i++)
        {
            if (i > 0)
                text.Append(separator);
            Print(items[i], text);
        }
        text.Append(close);
    }

    private static void Quote(string content, StringBuilder text)
    {
        text.Append('\'');
        foreach (char c in content)
            if (c is '\'' or '\\')
                text.Append('\\').Append(c);
            else if (char.IsControl(c))
                text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}");
            else
                text.Append(c);
        text.Append('\'');
    }
}
