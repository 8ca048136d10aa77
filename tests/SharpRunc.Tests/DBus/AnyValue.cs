using System.Collections.Generic;
using System.Text;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>Types and values at random.</summary>
internal static class AnyValue
{
    private const string Basic = "ybnqiuxtdsog";

    /// <summary>One complete type.</summary>
    public static string Type(Dice dice, int depth) => depth == 0 ? BasicType(dice) : dice.Below(9) switch
    {
        0 => "v",
        1 or 2 => "a" + Type(dice, depth - 1),
        3 => $"a{{{BasicType(dice)}{Type(dice, depth - 1)}}}",
        4 => $"({Type(dice, depth - 1)}{string.Concat(dice.Many(3, () => Type(dice, depth - 1)))})",
        _ => BasicType(dice),
    };

    public static DBusValue Of(Dice dice, int depth = 3) => Of(dice, Type(dice, depth), depth);

    private static DBusValue Of(Dice dice, string type, int depth)
    {
        switch (type[0])
        {
            case 'y': return DBusValue.Byte((byte)dice.Number());
            case 'b': return DBusValue.Boolean(dice.Once(2));
            case 'n': return DBusValue.Int16((short)dice.Number());
            case 'q': return DBusValue.UInt16((ushort)dice.Number());
            case 'i': return DBusValue.Int32((int)dice.Number());
            case 'u': return DBusValue.UInt32((uint)dice.Number());
            case 'x': return DBusValue.Int64(dice.Number());
            case 't': return DBusValue.UInt64((ulong)dice.Number());
            case 'd':
                return DBusValue.Double(dice.Of(0, -0.0, 1, -1.5, 1e300, 1e-300, double.PositiveInfinity, double.NegativeInfinity,
                dice.Number() / 3.0));
            case 's': return DBusValue.String(dice.Characters(12));
            case 'o': return DBusValue.ObjectPath(dice.Of("/", "/a", "/org/freedesktop/systemd1/unit/a_2eservice"));
            case 'g': return DBusValue.OfSignature(dice.Of("", "s", "a{sv}", "ii(s)"));
            case 'v': return DBusValue.Variant(Of(dice, depth - 1 > 0 ? Type(dice, depth - 1) : BasicType(dice), depth - 1));
            case 'a': return DBusValue.Array(type[1..], dice.Many(4, () => Of(dice, type[1..], depth - 1)));
            case '{': return DBusValue.Entry(Of(dice, type[1..2], 0), Of(dice, type[2..^1], depth - 1));
            default:
                List<DBusValue> fields = [];
                for (string rest = type[1..^1]; rest.Length > 0; rest = rest[DBusSignature.First(rest)..])
                    fields.Add(Of(dice, rest[..DBusSignature.First(rest)], depth - 1));
                return DBusValue.Struct([.. fields]);
        }
    }

    private static string BasicType(Dice dice) => new StringBuilder().Append(Basic[dice.Below(Basic.Length)]).ToString();
}
