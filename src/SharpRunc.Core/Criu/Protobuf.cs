using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

/// <summary>
/// Protocol Buffers' wire format (protobuf.dev/programming-guides/encoding), as far as criu's rpc.proto uses it: varints and
/// length-delimited fields. Google.Protobuf would be as large as the rest of the program.
/// </summary>
internal sealed class ProtoWriter
{
    private byte[] buffer = new byte[256];
    private int length;

    public ReadOnlySpan<byte> Written => buffer.AsSpan(0, length);

    /// <summary>int32, uint32, bool and enums: a negative number takes ten bytes, as the format requires.</summary>
    public void Number(int field, long value)
    {
        Key(field, ProtoReader.Varint);
        Varint((ulong)value);
    }

    public void Text(int field, string value)
    {
        int bytes = KernelText.Length(value);
        Key(field, ProtoReader.Delimited);
        Varint((ulong)bytes);
        Reserve(bytes);
        length += KernelText.Encode(value, buffer.AsSpan(length));
    }

    public void Message(int field, ProtoWriter message)
    {
        Key(field, ProtoReader.Delimited);
        Varint((ulong)message.length);
        Reserve(message.length);
        message.Written.CopyTo(buffer.AsSpan(length));
        length += message.length;
    }

    private void Key(int field, int kind) => Varint((ulong)field << 3 | (uint)kind);

    /// <summary>Seven bits per byte, lowest first; the high bit means that more bytes follow.</summary>
    private void Varint(ulong value)
    {
        Reserve(ProtoReader.LongestVarint);
        for (; value > 0x7F; value >>= 7)
            buffer[length++] = (byte)(value | 0x80);
        buffer[length++] = (byte)value;
    }

    private void Reserve(int more)
    {
        if (buffer.Length - length < more)
            Array.Resize(ref buffer, Math.Max(buffer.Length * 2, length + more));
    }
}

/// <summary>Reads the format that <see cref="ProtoWriter"/> describes, field by field; fields of other wire types are skipped.</summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    public const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5;
    public const int LongestVarint = 10;

    private ReadOnlySpan<byte> rest = message;

    /// <summary>The number of the field that <see cref="Next"/> has read.</summary>
    public int Field { get; private set; }

    /// <summary>Its value if it is a number; 0 otherwise.</summary>
    public long Number { get; private set; }

    /// <summary>The same for 32-bit fields: a larger value is an error instead of being truncated.</summary>
    public readonly int Int32 => Number is >= int.MinValue and <= int.MaxValue ? (int)Number : throw NotProtobuf();

    /// <summary>Its bytes if it is a string or a message; empty otherwise.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    public readonly string Text => KernelText.Decode(Bytes);

    /// <summary>False at the end.</summary>
    /// <exception cref="ContainerException">This is no protobuf message.</exception>
    public bool Next()
    {
        if (rest.IsEmpty)
            return false;
        ulong key = ReadVarint();
        ulong field = key >> 3;
        if (field is 0 or > int.MaxValue)
            throw NotProtobuf();
        Field = (int)field;
        Number = 0;
        Bytes = [];
        switch ((int)(key & 7))
        {
            case Varint:
                Number = (long)ReadVarint();
                break;
            case Delimited:
                Bytes = ReadBytes(ReadVarint());
                break;
            case Fixed32:
                ReadBytes(sizeof(uint));
                break;
            case Fixed64:
                ReadBytes(sizeof(ulong));
                break;
            default:
                throw NotProtobuf();
        }
        return true;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int i = 0; i < LongestVarint && i < rest.Length; i++)
        {
            value |= (ulong)(rest[i] & 0x7F) << 7 * i;
            if (rest[i] > 0x7F)
                continue;
            rest = rest[(i + 1)..];
            return value;
        }
        throw NotProtobuf();
    }

    private ReadOnlySpan<byte> ReadBytes(ulong length)
    {
        if (length > (ulong)rest.Length)
            throw NotProtobuf();
        ReadOnlySpan<byte> taken = rest[..(int)length];
        rest = rest[(int)length..];
        return taken;
    }

    private static ContainerException NotProtobuf() => new(ErrorCode.CriuFailed, "criu's answer is not a message of its protocol");
}
