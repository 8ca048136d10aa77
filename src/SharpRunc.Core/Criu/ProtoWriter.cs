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
