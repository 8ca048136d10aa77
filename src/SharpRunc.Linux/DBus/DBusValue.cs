using System;
using System.Globalization;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// A value with its type (D-Bus specification, Type System), which never changes. Two are equal when type and content are.
/// <see cref="ToString"/> is GVariant text, which <see cref="GVariantText"/> reads.
/// </summary>
internal sealed class DBusValue : IEquatable<DBusValue>
{
    private DBusValue(string signature, object content) => (Signature, Content) = (signature, content);

    /// <summary>One complete type: <c>s</c>, <c>a(sv)</c>.</summary>
    public string Signature { get; }

    /// <summary>The number, truth or text; the members of a container.</summary>
    internal object Content { get; }

    public static DBusValue Byte(byte value) => new("y", value);

    public static DBusValue Boolean(bool value) => new("b", value);

    public static DBusValue Int16(short value) => new("n", value);

    public static DBusValue UInt16(ushort value) => new("q", value);

    public static DBusValue Int32(int value) => new("i", value);

    public static DBusValue UInt32(uint value) => new("u", value);

    public static DBusValue Int64(long value) => new("x", value);

    public static DBusValue UInt64(ulong value) => new("t", value);

    public static DBusValue Double(double value) => new("d", value);

    /// <exception cref="FormatException">A NUL, or half a surrogate pair.</exception>
    public static DBusValue String(string value) => new("s", DBusSyntax.Text(value));

    /// <exception cref="FormatException">Not a path as the specification has it.</exception>
    public static DBusValue ObjectPath(string value) => new("o", DBusSyntax.ObjectPath(value));

    /// <exception cref="FormatException">Not complete types.</exception>
    public static DBusValue OfSignature(string value) => new("g", DBusSyntax.Signature(value));

    /// <param name="elementSignature">{sv} for a dictionary.</param>
    public static DBusValue Array(string elementSignature, params DBusValue[] items)
    {
        foreach (DBusValue item in items)
            if (item.Signature != elementSignature)
                throw new FormatException($"an array of {elementSignature} holds no {item.Signature}");
        return new("a" + elementSignature, items);
    }

    public static DBusValue Struct(params DBusValue[] fields) => new("(" + DBusSyntax.Join(fields) + ")", fields);

    public static DBusValue Entry(DBusValue key, DBusValue value)
        => key.Signature.Length == 1 && key.Signature != "v" ? new("{" + key.Signature + value.Signature + "}", (DBusValue[])[key, value])
            : throw new FormatException($"a dictionary has no keys of type {key.Signature}");

    public static DBusValue Variant(DBusValue inner) => new("v", (DBusValue[])[inner]);

    /// <summary>Of s, o and g.</summary>
    public string AsString() => Content as string ?? throw Other("text");

    public bool AsBoolean() => Content is bool value ? value : throw Other("a truth");

    public uint AsUInt32() => Content is uint value ? value : throw Other("a uint32");

    /// <summary>Of any type of numbers without a sign.</summary>
    public ulong AsUInt64() => Content switch
    {
        byte value => value,
        ushort value => value,
        uint value => value,
        ulong value => value,
        _ => throw Other("a number without a sign"),
    };

    /// <summary>Of any type of numbers with a sign.</summary>
    public long AsInt64() => Content switch
    {
        short value => value,
        int value => value,
        long value => value,
        _ => throw Other("a number with a sign"),
    };

    public double AsDouble() => Content is double value ? value : throw Other("a double");

    /// <summary>Of an array, a struct, an entry; of a variant the one.</summary>
    public DBusValue[] Items => Content as DBusValue[] ?? throw Other("a container");

    public bool Equals(DBusValue? other)
    {
        if (other is null || Signature != other.Signature)
            return false;
        if (Content is not DBusValue[] mine)
            return Content.Equals(other.Content);
        DBusValue[] theirs = other.Items;
        bool equal = mine.Length == theirs.Length;
        for (int i = 0; equal && i < mine.Length; i++)
            equal = mine[i].Equals(theirs[i]);
        return equal;
    }

    public override bool Equals(object? obj) => Equals(obj as DBusValue);

    public override int GetHashCode() => HashCode.Combine(Signature, Content is DBusValue[] items ? items.Length : Content.GetHashCode());

    public override string ToString() => GVariantPrinter.Print(this);

    /// <summary>A peer that sends another type than it says speaks no D-Bus that we know.</summary>
    private FormatException Other(string wanted) => new(string.Create(CultureInfo.InvariantCulture, $"wanted {wanted}, got {Signature}"));
}
