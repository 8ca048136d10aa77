using System;
using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>Values as bytes, little endian (D-Bus specification, Marshaling). Places count from the first byte written.</summary>
internal sealed class DBusWriter
{
    private const int MaxArray = 64 << 20;

    private readonly ArrayBufferWriter<byte> bytes = new(256);

    public int Length => bytes.WrittenCount;

    public ReadOnlySpan<byte> Written => bytes.WrittenSpan;

    public void Pad(int alignment) => bytes.Write([.. stackalloc byte[-Length & (alignment - 1)]]);

    public void Byte(byte value) => bytes.Write([value]);

    public void UInt32(uint value)
    {
        Pad(sizeof(uint));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.GetSpan(sizeof(uint)), value);
        bytes.Advance(sizeof(uint));
    }

    public void UInt64(ulong value)
    {
        Pad(sizeof(ulong));
        BinaryPrimitives.WriteUInt64LittleEndian(bytes.GetSpan(sizeof(ulong)), value);
        bytes.Advance(sizeof(ulong));
    }

    public void UInt16(ushort value)
    {
        Pad(sizeof(ushort));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.GetSpan(sizeof(ushort)), value);
        bytes.Advance(sizeof(ushort));
    }

    /// <summary>Length, bytes, NUL.</summary>
    public void Text(string text)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(text);
        UInt32((uint)utf8.Length);
        bytes.Write(utf8);
        Byte(0);
    }

    /// <summary>As text, with a length of one byte.</summary>
    public void Signature(string signature)
    {
        Byte((byte)signature.Length);
        bytes.Write(Encoding.ASCII.GetBytes(signature));
        Byte(0);
    }

    public void Raw(ReadOnlySpan<byte> raw) => bytes.Write(raw);

    public void Value(DBusValue value)
    {
        switch (value.Content)
        {
            case byte number:
                Byte(number);
                break;
            case bool truth:
                UInt32(truth ? 1u : 0);
                break;
            case short number:
                UInt16((ushort)number);
                break;
            case ushort number:
                UInt16(number);
                break;
            case int number:
                UInt32((uint)number);
                break;
            case uint number:
                UInt32(number);
                break;
            case long number:
                UInt64((ulong)number);
                break;
            case ulong number:
                UInt64(number);
                break;
            case double number:
                UInt64(BitConverter.DoubleToUInt64Bits(number));
                break;
            case string text when value.Signature == "g":
                Signature(text);
                break;
            case string text:
                Text(text);
                break;
            default:
                Container(value);
                break;
        }
    }

    private void Container(DBusValue value)
    {
        if (value.Signature[0] == 'a')
        {
            // The length is that of the items alone, not of what pads the way to the first. Its place is known once they are written.
            DBusWriter items = new();
            UInt32(0);
            int lengthAt = Length - sizeof(uint);
            Pad(DBusSyntax.Alignment(value.Signature[1]));
            items.Raw(new byte[Length & 7]); // the same place modulo the widest alignment
            int start = items.Length;
            foreach (DBusValue item in value.Items)
                items.Value(item);
            int length = items.Length - start;
            if (length > MaxArray)
                throw new FormatException("an array of more than 64 MiB");
            Patch(lengthAt, (uint)length);
            Raw(items.Written[start..]);
            return;
        }
        if (value.Signature == "v")
            Signature(value.Items[0].Signature);
        else
            Pad(DBusSyntax.Alignment(value.Signature[0]));
        foreach (DBusValue item in value.Items)
            Value(item);
    }

    /// <summary>Fills in a number that was not known.</summary>
    public void Patch(int at, uint value)
        => BinaryPrimitives.WriteUInt32LittleEndian(System.Runtime.InteropServices.MemoryMarshal.AsMemory(bytes.WrittenMemory).Span[at..], value);
}
