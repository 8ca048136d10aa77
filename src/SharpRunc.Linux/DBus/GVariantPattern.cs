using System;
using System.Text;

namespace SharpRunc.Linux.DBus;

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
