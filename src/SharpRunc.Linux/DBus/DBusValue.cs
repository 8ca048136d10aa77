using System;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// An immutable value with its type; two are equal if type and content are. What D-Bus cannot express is a <see cref="FormatException"/>.
/// </summary>
internal sealed class DBusValue : IEquatable<DBusValue>
{
    /// <summary>Shared, so that an array of bytes costs only its references.</summary>
    private static readonly DBusValue?[] Bytes = new DBusValue?[256];

    private readonly string? text;

    private DBusValue(string signature, ulong bits, string? text = null)
    {
        Signature = signature;
        Bits = bits;
        this.text = text;
        Items = [];
    }

    private DBusValue(string signature, DBusValue[] items)
    {
        Signature = signature;
        Items = items;
        foreach (DBusValue item in items)
            Depth = Math.Max(Depth, item.Depth);
        Depth++;
        if (Depth > DBusSignature.MaxValueDepth)
            throw new FormatException($"a value nests deeper than {DBusSignature.MaxValueDepth}");
    }

    /// <summary>One complete type, or <c>{kv}</c> for an entry.</summary>
    public string Signature { get; }

    /// <summary>The items of an array, a struct, an entry (two) or a variant (one); otherwise empty.</summary>
    public DBusValue[] Items { get; }

    /// <summary>A number as 64 bits: sign-extended, or the bits of a double.</summary>
    public ulong Bits { get; }

    /// <summary>Nesting depth of containers: 0 for none.</summary>
    private int Depth { get; }

    public static DBusValue Byte(byte value) => Bytes[value] ??= new("y", value);
    public static DBusValue Boolean(bool value) => new("b", value ? 1u : 0);
    public static DBusValue Int16(short value) => new("n", (ulong)value);
    public static DBusValue UInt16(ushort value) => new("q", value);
    public static DBusValue Int32(int value) => new("i", (ulong)value);
    public static DBusValue UInt32(uint value) => new("u", value);
    public static DBusValue Int64(long value) => new("x", (ulong)value);
    public static DBusValue UInt64(ulong value) => new("t", value);
    public static DBusValue Double(double value) => new("d", BitConverter.DoubleToUInt64Bits(value));

    /// <summary>
    /// The index of a descriptor sent with the message. Descriptors are never sent or accepted: such a value can only be skipped.
    /// </summary>
    public static DBusValue Handle(uint index) => new("h", index);

    public static DBusValue String(string value)
    {
        DBusText.RequireString(value);
        return new("s", 0, value);
    }

    public static DBusValue ObjectPath(string value)
    {
        DBusText.RequireObjectPath(value);
        return new("o", 0, value);
    }

    public static DBusValue OfSignature(string value)
    {
        DBusSignature.Require(value);
        return new("g", 0, value);
    }

    /// <param name="elementSignature">One complete type, or <c>{sv}</c> and the like for a dictionary.</param>
    public static DBusValue Array(string elementSignature, params DBusValue[] items)
    {
        string signature = "a" + elementSignature;
        DBusSignature.RequireOne(signature);
        foreach (DBusValue item in items)
            if (item.Signature != elementSignature)
                throw new FormatException($"a value of type {item.Signature} in an array of {elementSignature}");
        return new(signature, items);
    }

    public static DBusValue Struct(params DBusValue[] fields)
    {
        string[] signatures = new string[fields.Length];
        for (int i = 0; i < fields.Length; i++)
            signatures[i] = fields[i].Signature;
        string signature = $"({string.Concat(signatures)})";
        DBusSignature.RequireOne(signature);
        return new(signature, fields);
    }

    public static DBusValue Entry(DBusValue key, DBusValue value)
    {
        string signature = $"{{{key.Signature}{value.Signature}}}";
        DBusSignature.RequireOne("a" + signature);
        return new(signature, [key, value]);
    }

    public static DBusValue Variant(DBusValue inner)
    {
        DBusSignature.RequireOne(inner.Signature);
        return new("v", [inner]);
    }

    /// <summary>For a string, an object path or a signature.</summary>
    public string AsString() => text ?? throw Not("text");
    public uint AsUInt32() => (uint)Number("u");
    /// <summary>For any unsigned number type.</summary>
    public ulong AsUInt64() => Signature is "y" or "q" or "u" or "t" ? Bits : throw Not("a number without a sign");
    /// <summary>For any signed number type.</summary>
    public long AsInt64() => Signature is "n" or "i" or "x" ? (long)Bits : throw Not("a number with a sign");
    public double AsDouble() => BitConverter.UInt64BitsToDouble(Number("d"));
    public int AsInt32() => (int)Number("i");
    public bool AsBoolean() => Number("b") != 0;

    public bool Equals(DBusValue? other)
    {
        if (other is null || Signature != other.Signature || Bits != other.Bits || text != other.text || Items.Length != other.Items.Length)
            return false;
        for (int i = 0; i < Items.Length; i++)
            if (!Items[i].Equals(other.Items[i]))
                return false;
        return true;
    }

    public override bool Equals(object? obj) => Equals(obj as DBusValue);

    public override int GetHashCode() => HashCode.Combine(Signature, Bits, text, Items.Length);

    /// <summary>GVariant text, in the form that <see cref="GVariantText.Parse"/> reads.</summary>
    public override string ToString() => GVariantPrinter.Print(this);

    /// <summary>A container that was read; its signature has been checked.</summary>
    public static DBusValue Read(string signature, DBusValue[] items) => new(signature, items);

    private ulong Number(string signature) => Signature == signature ? Bits : throw Not(signature);

    private FormatException Not(string expected) => new($"a value of type {Signature} where {expected} is expected");
}
