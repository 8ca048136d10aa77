using System;
using System.Buffers.Binary;
using System.Collections.Generic;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Values from bytes (D-Bus specification, Marshaling). Whoever sent them is not trusted: what is not as the specification has it is a
/// <see cref="FormatException"/> and nothing else.
/// </summary>
/// <param name="bytes">Places count from the first of them.</param>
internal ref struct DBusReader(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    private const int MaxDepth = 64;
    private const int MaxArray = 64 << 20;

    private readonly ReadOnlySpan<byte> bytes = bytes;
    private int at;

    public readonly int Position => at;

    public DBusValue[] Values(string signature)
    {
        List<DBusValue> values = [];
        DBusSyntax.Signature(signature);
        for (int i = 0, length; i < signature.Length; i += length)
        {
            length = DBusSyntax.Length(signature.AsSpan(i));
            values.Add(Value(signature.Substring(i, length), MaxDepth));
        }
        return [.. values];
    }

    /// <summary>The specification asks for zeros.</summary>
    public void Pad(int alignment)
    {
        foreach (byte padding in Take(-at & (alignment - 1)))
            if (padding != 0)
                throw new FormatException("padding that is not zero");
    }

    public byte Byte() => Take(1)[0];

    public uint UInt32()
    {
        Pad(sizeof(uint));
        ReadOnlySpan<byte> word = Take(sizeof(uint));
        return isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(word) : BinaryPrimitives.ReadUInt32LittleEndian(word);
    }

    private ushort UInt16()
    {
        Pad(sizeof(ushort));
        ReadOnlySpan<byte> word = Take(sizeof(ushort));
        return isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(word) : BinaryPrimitives.ReadUInt16LittleEndian(word);
    }

    private ulong UInt64()
    {
        Pad(sizeof(ulong));
        ReadOnlySpan<byte> word = Take(sizeof(ulong));
        return isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(word) : BinaryPrimitives.ReadUInt64LittleEndian(word);
    }

    private string Text(uint length)
    {
        string text = DBusSyntax.Text(Take(length));
        return Byte() == 0 ? text : throw new FormatException("text without its NUL");
    }

    private DBusValue Value(string type, int depth)
    {
        if (depth == 0)
            throw new FormatException("values that are too deep");
        return type[0] switch
        {
            'y' => DBusValue.Byte(Byte()),
            'b' => UInt32() is var truth and <= 1 ? DBusValue.Boolean(truth == 1) : throw new FormatException("a truth that is neither 0 nor 1"),
            'n' => DBusValue.Int16((short)UInt16()),
            'q' => DBusValue.UInt16(UInt16()),
            'i' => DBusValue.Int32((int)UInt32()),
            'u' => DBusValue.UInt32(UInt32()),
            'x' => DBusValue.Int64((long)UInt64()),
            't' => DBusValue.UInt64(UInt64()),
            'd' => DBusValue.Double(BitConverter.UInt64BitsToDouble(UInt64())),
            's' => DBusValue.String(Text(UInt32())),
            'o' => DBusValue.ObjectPath(Text(UInt32())),
            'g' => DBusValue.OfSignature(Text(Byte())),
            'v' => DBusValue.Variant(Inner(depth)),
            'a' => Array(type[1..], depth),
            '(' => DBusValue.Struct(Fields(type, depth)),
            '{' => Fields(type, depth) is [var key, var value] ? DBusValue.Entry(key, value) : throw new FormatException("an entry of other than two"),
            _ => throw new FormatException($"a value of type {type}: descriptors are never asked for"),
        };
    }

    private DBusValue Inner(int depth)
    {
        string type = DBusSyntax.Signature(Text(Byte()));
        return type.Length > 0 && DBusSyntax.Length(type) == type.Length ? Value(type, depth - 1) : throw new FormatException("a variant of other than one value");
    }

    private DBusValue Array(string item, int depth)
    {
        uint length = UInt32();
        if (length > MaxArray)
            throw new FormatException("an array of more than 64 MiB");
        Pad(DBusSyntax.Alignment(item[0]));
        if (length > bytes.Length - at)
            throw new FormatException("an array that is longer than its message");
        int end = at + (int)length;
        List<DBusValue> items = [];
        while (at < end)
            items.Add(Value(item, depth - 1));
        return at == end ? DBusValue.Array(item, [.. items]) : throw new FormatException("an array whose last item is cut");
    }

    private DBusValue[] Fields(string type, int depth)
    {
        Pad(8);
        List<DBusValue> fields = [];
        for (int i = 1, length; i < type.Length - 1; i += length)
        {
            length = DBusSyntax.Length(type.AsSpan(i));
            fields.Add(Value(type.Substring(i, length), depth - 1));
        }
        return [.. fields];
    }

    private ReadOnlySpan<byte> Take(long length)
    {
        if (length > bytes.Length - at)
            throw new FormatException("a message that ends too soon");
        ReadOnlySpan<byte> taken = bytes.Slice(at, (int)length);
        at += (int)length;
        return taken;
    }
}
