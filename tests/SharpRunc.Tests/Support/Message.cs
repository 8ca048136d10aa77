using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Tests.Support;

/// <summary>A protobuf message by its field numbers: as much of the wire format as the CRI needs.</summary>
internal sealed class Message
{
    private const int Varint = 0, Delimited = 2;

    /// <summary>A number or bytes each.</summary>
    private readonly List<(int Field, ulong Number, byte[]? Bytes)> fields = [];

    public Message With(int field, ulong number)
    {
        fields.Add((field, number, null));
        return this;
    }

    public Message With(int field, string text) => With(field, Encoding.UTF8.GetBytes(text));

    public Message With(int field, Message message) => With(field, message.ToBytes());

    /// <summary>0 where the field is missing, as protobuf has it.</summary>
    public ulong Number(int field) => fields.FindLast(f => f.Field == field).Number;

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public Message Inner(int field) => Parse(Bytes(field));

    public byte[] ToBytes()
    {
        List<byte> bytes = [];
        foreach ((int field, ulong number, byte[]? content) in fields)
        {
            Append(bytes, (ulong)field << 3 | (content is null ? Varint : (uint)Delimited));
            Append(bytes, content is null ? number : (ulong)content.Length);
            bytes.AddRange(content ?? []);
        }
        return [.. bytes];
    }

    public static Message Parse(byte[] bytes)
    {
        Message message = new();
        for (int at = 0; at < bytes.Length;)
        {
            ulong key = Next(bytes, ref at), value = Next(bytes, ref at);
            int field = (int)(key >> 3);
            if ((key & 7) == Varint)
                message.With(field, value);
            else if ((key & 7) == Delimited)
                message.With(field, bytes[at..(at += (int)value)]);
            else
                throw new NotSupportedException($"wire type {key & 7} of field {field}");
        }
        return message;
    }

    private byte[] Bytes(int field) => fields.FindLast(f => f.Field == field).Bytes ?? [];

    private Message With(int field, byte[] bytes)
    {
        fields.Add((field, 0, bytes));
        return this;
    }

    private static void Append(List<byte> bytes, ulong number)
    {
        for (; number > 0x7f; number >>= 7)
            bytes.Add((byte)(number | 0x80));
        bytes.Add((byte)number);
    }

    private static ulong Next(byte[] bytes, ref int at)
    {
        ulong number = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte b = bytes[at++];
            number |= (ulong)(b & 0x7f) << shift;
            if (b <= 0x7f)
                return number;
        }
    }
}
