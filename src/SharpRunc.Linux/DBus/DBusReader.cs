using System;
using System.Buffers.Binary;
using System.Text;
using System.Text.Unicode;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Unmarshals untrusted bytes: whatever they are, the result is a value or a <see cref="FormatException"/> (D-Bus specification,
/// "Marshaling (Wire Format)").
/// </summary>
/// <param name="bytes">From the start of the message, which alignment is relative to.</param>
internal ref struct DBusReader(ReadOnlySpan<byte> bytes, bool isBigEndian)
{
    private readonly ReadOnlySpan<byte> bytes = bytes;

    public int Position { get; private set; }

    public readonly bool IsAtEnd => Position == bytes.Length;

    /// <summary>Skips the padding, which must be zeros.</summary>
    public void Align(int size)
    {
        foreach (byte each in ReadBytes(-Position & (size - 1)))
            if (each != 0)
                throw new FormatException($"padding that is not zero before byte {Position}");
    }

    public byte Byte() => ReadBytes(1)[0];

    public ushort UInt16()
    {
        Align(2);
        return isBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(ReadBytes(2)) : BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2));
    }

    public uint UInt32()
    {
        Align(4);
        return isBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(ReadBytes(4)) : BinaryPrimitives.ReadUInt32LittleEndian(ReadBytes(4));
    }

    public ulong UInt64()
    {
        Align(8);
        return isBigEndian ? BinaryPrimitives.ReadUInt64BigEndian(ReadBytes(8)) : BinaryPrimitives.ReadUInt64LittleEndian(ReadBytes(8));
    }

    public string String() => Terminated(UInt32());

    public string ObjectPath()
    {
        string path = String();
        DBusText.RequireObjectPath(path);
        return path;
    }

    /// <summary>Zero or more types.</summary>
    public string Signature()
    {
        string signature = Terminated(Byte());
        DBusSignature.Require(signature);
        return signature;
    }

    /// <summary>The signature of a variant: one type.</summary>
    public string VariantSignature()
    {
        string signature = Terminated(Byte());
        DBusSignature.RequireOne(signature);
        return signature;
    }

    /// <summary>Returns the position after the last element of an array; the first element is next.</summary>
    public int BeginArray(char elementType)
    {
        uint size = UInt32();
        Align(DBusSignature.Alignment(elementType));
        if (size > DBusWriter.MaxArray || size > bytes.Length - Position)
            throw new FormatException($"an array of {size} bytes at byte {Position}, of {bytes.Length}");
        return Position + (int)size;
    }

    /// <param name="signature">One complete, valid type.</param>
    /// <param name="depth">The number of containers around it.</param>
    public DBusValue Value(ReadOnlySpan<char> signature, int depth = 0)
    {
        if (depth > DBusSignature.MaxValueDepth)
            throw new FormatException($"a value nests deeper than {DBusSignature.MaxValueDepth}");
        switch (signature[0])
        {
            case 'y': return DBusValue.Byte(Byte());
            case 'b': return DBusValue.Boolean(Boolean());
            case 'n': return DBusValue.Int16((short)UInt16());
            case 'q': return DBusValue.UInt16(UInt16());
            case 'i': return DBusValue.Int32((int)UInt32());
            case 'u': return DBusValue.UInt32(UInt32());
            case 'h': return DBusValue.Handle(UInt32());
            case 'x': return DBusValue.Int64((long)UInt64());
            case 't': return DBusValue.UInt64(UInt64());
            case 'd': return DBusValue.Double(BitConverter.UInt64BitsToDouble(UInt64()));
            case 's': return DBusValue.String(String());
            case 'o': return DBusValue.ObjectPath(String());
            case 'g': return DBusValue.OfSignature(Signature());
            case 'v': return DBusValue.Read("v", [Value(VariantSignature(), depth + 1)]);
            case 'a': return Array(signature, depth);
            default:
                Align(8);
                return DBusValue.Read(signature.ToString(), Values(signature[1..^1], depth + 1));
        }
    }

    /// <summary>One value for each type of a valid signature.</summary>
    public DBusValue[] Values(ReadOnlySpan<char> signature, int depth = 0)
    {
        int count = 0;
        for (ReadOnlySpan<char> rest = signature; !rest.IsEmpty; rest = rest[DBusSignature.First(rest)..])
            count++;
        DBusValue[] values = new DBusValue[count];
        for (int i = 0; i < count; i++)
        {
            int length = DBusSignature.First(signature);
            values[i] = Value(signature[..length], depth);
            signature = signature[length..];
        }
        return values;
    }

    private DBusValue Array(ReadOnlySpan<char> signature, int depth)
    {
        int end = BeginArray(signature[1]);
        // No element is shorter than a byte, and few are that short, so only byte arrays are allocated in full at once.
        int size = end - Position;
        int capacity = signature[1] == 'y' ? size : Math.Min(size, 4);
        DBusValue[] items = new DBusValue[capacity];
        int count = 0;
        while (Position < end)
        {
            if (count == items.Length)
                System.Array.Resize(ref items, count * 2);
            items[count++] = Value(signature[1..], depth + 1);
        }
        if (Position > end)
            throw new FormatException($"an element of an array ends at byte {Position}, the array at {end}");
        System.Array.Resize(ref items, count);
        return DBusValue.Read(signature.ToString(), items);
    }

    private bool Boolean() => UInt32() switch
    {
        0 => false,
        1 => true,
        uint other => throw new FormatException($"a boolean of {other} before byte {Position}"),
    };

    private string Terminated(uint length)
    {
        if (length >= bytes.Length - Position)
            throw new FormatException($"a string of {length} bytes at byte {Position}, of {bytes.Length}");
        ReadOnlySpan<byte> text = ReadBytes((int)length);
        if (Byte() != 0)
            throw new FormatException($"a string without its NUL at byte {Position - 1}");
        if (!Utf8.IsValid(text) || text.Contains((byte)0))
            throw new FormatException($"a string that is not UTF-8, or has a NUL, before byte {Position}");
        return Encoding.UTF8.GetString(text);
    }

    private ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > bytes.Length - Position)
            throw new FormatException($"{count} bytes are expected at byte {Position}, of {bytes.Length}");
        Position += count;
        return bytes.Slice(Position - count, count);
    }
}
