using System;
using System.Buffers.Binary;
using System.Text;

namespace SharpRunc.Linux.DBus;

/// <summary>
/// Marshals in little endian, appending to what is already there (D-Bus specification, "Marshaling (Wire Format)"). Alignment is relative
/// to the start of the message. What is too long for the protocol is a <see cref="FormatException"/>.
/// </summary>
internal sealed class DBusWriter
{
    /// <summary>The size limit of an array's elements, in bytes.</summary>
    public const int MaxArray = 64 << 20;

    private byte[] buffer = new byte[1024];
    private int origin;

    /// <summary>In bytes.</summary>
    public int Length { get; private set; }

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, Length);

    public void Begin() => origin = Length;

    /// <summary>Discards everything written since <see cref="Begin"/>.</summary>
    public void RollBack() => Length = origin;

    /// <summary>Removes the first bytes.</summary>
    public void Discard(int count)
    {
        buffer.AsSpan(count, Length - count).CopyTo(buffer);
        Length -= count;
    }

    public void Raw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Allocate(bytes.Length));

    public void Align(int size)
    {
        int padding = -(Length - origin) & (size - 1);
        Allocate(padding).Clear();
    }

    public void Byte(byte value) => Allocate(1)[0] = value;

    public void UInt16(ushort value)
    {
        Align(2);
        BinaryPrimitives.WriteUInt16LittleEndian(Allocate(2), value);
    }

    public void UInt32(uint value)
    {
        Align(4);
        BinaryPrimitives.WriteUInt32LittleEndian(Allocate(4), value);
    }

    public void UInt64(ulong value)
    {
        Align(8);
        BinaryPrimitives.WriteUInt64LittleEndian(Allocate(8), value);
    }

    /// <summary>UTF-8, preceded by its length and followed by a NUL that the length does not include.</summary>
    public void String(string value)
    {
        int count = Encoding.UTF8.GetByteCount(value);
        UInt32((uint)count);
        Terminated(value, count);
    }

    public void Signature(string value)
    {
        Byte((byte)value.Length);
        Terminated(value, value.Length);
    }

    /// <summary>Begins an array; the result is for <see cref="EndArray"/>, and the elements come next.</summary>
    public int BeginArray(char elementType)
    {
        UInt32(0);
        int at = Length;
        Align(DBusSignature.Alignment(elementType));
        return at;
    }

    /// <summary>Writes the length, which does not include the padding before the first element.</summary>
    public void EndArray(int at, char elementType)
    {
        int alignment = DBusSignature.Alignment(elementType), size = Length - at - (-(at - origin) & (alignment - 1));
        if (size > MaxArray)
            throw new FormatException($"an array of {size} bytes: it may have {MaxArray}");
        Patch(at - sizeof(uint), (uint)size);
    }

    public void Patch(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(buffer.AsSpan(at), value);

    public void Value(DBusValue value)
    {
        switch (value.Signature[0])
        {
            case 'y': Byte((byte)value.Bits); break;
            case 'n' or 'q': UInt16((ushort)value.Bits); break;
            case 'x' or 't' or 'd': UInt64(value.Bits); break;
            case 's' or 'o': String(value.AsString()); break;
            case 'g': Signature(value.AsString()); break;
            case 'v':
                Signature(value.Items[0].Signature);
                Value(value.Items[0]);
                break;
            case 'a':
                int array = BeginArray(value.Signature[1]);
                Values(value.Items);
                EndArray(array, value.Signature[1]);
                break;
            case '(' or '{':
                Align(8);
                Values(value.Items);
                break;
            default: UInt32((uint)value.Bits); break;
        }
    }

    private void Values(DBusValue[] values)
    {
        foreach (DBusValue value in values)
            Value(value);
    }

    private void Terminated(string value, int count)
    {
        Span<byte> bytes = Allocate(count + 1);
        Encoding.UTF8.GetBytes(value, bytes);
        bytes[count] = 0;
    }

    private Span<byte> Allocate(int count)
    {
        if (Length - origin + (long)count > DBusMessage.MaxLength)
            throw new FormatException($"a message may have {DBusMessage.MaxLength} bytes");
        if (count > buffer.Length - Length)
            Array.Resize(ref buffer, Math.Max(Length + count, buffer.Length * 2));
        Length += count;
        return buffer.AsSpan(Length - count, count);
    }
}
