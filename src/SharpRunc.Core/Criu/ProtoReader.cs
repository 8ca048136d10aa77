using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

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

    private static ContainerException NotProtobuf() => new("criu's answer is not a message of its protocol");
}
