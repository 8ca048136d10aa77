using System;
using System.Buffers.Binary;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Linux.DBus;

namespace SharpRunc.Tests.DBus;

/// <summary>A second writer, for what ours never writes: replies, big endian, and what is wrong.</summary>
internal sealed class BigEndian
{
    private readonly List<byte> bytes = [];

    public static byte[] Reply(uint replySerial, params DBusValue[] body)
        => Message(2, body, Field(5, DBusValue.UInt32(replySerial)), Field(7, DBusValue.String("a.b")),
            Field(42, DBusValue.String("of the future")));

    public static byte[] Error(uint replySerial, string name, string text)
        => Message(3, [DBusValue.String(text)], Field(4, DBusValue.String(name)), Field(5, DBusValue.UInt32(replySerial)));

    public static byte[] Signal(string path, string @interface, string member, params DBusValue[] body)
        => Message(4, body, Field(1, DBusValue.ObjectPath(path)), Field(2, DBusValue.String(@interface)),
            Field(3, DBusValue.String(member)));

    private static DBusValue Field(byte code, DBusValue value) => DBusValue.Struct(DBusValue.Byte(code), DBusValue.Variant(value));

    private static byte[] Message(byte type, DBusValue[] body, params DBusValue[] fields)
    {
        StringBuilder signature = new();
        BigEndian content = new();
        foreach (DBusValue value in body)
        {
            signature.Append(value.Signature);
            content.Write(value);
        }
        BigEndian message = new();
        message.bytes.AddRange([(byte)'B', type, 1, 1]);
        message.Integer(4, (ulong)content.bytes.Count);
        message.Integer(4, 3);
        message.Write(DBusValue.Array("(yv)", [.. fields, Field(8, DBusValue.OfSignature(signature.ToString()))]));
        message.Align(8);
        message.bytes.AddRange(content.bytes);
        return [.. message.bytes];
    }

    /// <summary>A little-endian reply to call 1 with whatever body.</summary>
    public static byte[] Little(string signature, byte[] body)
    {
        byte[] head = new byte[12];
        byte[] fields = [5, 1, (byte)'u', 0, 1, 0, 0, 0, 8, 1, (byte)'g', 0, (byte)signature.Length, .. Encoding.ASCII.GetBytes(signature),
            0];
        ((byte[])[(byte)'l', 2, 1, 1]).CopyTo(head, 0);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(4), body.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(8), 1);
        byte[] length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, fields.Length);
        return [.. head, .. length, .. fields, .. new byte[-fields.Length & 7], .. body];
    }

    private void Write(DBusValue value)
    {
        switch (value.Signature[0])
        {
            case 'y': Integer(1, value.Bits); break;
            case 'n' or 'q': Integer(2, value.Bits); break;
            case 'b' or 'i' or 'u': Integer(4, value.Bits); break;
            case 'x' or 't' or 'd': Integer(8, value.Bits); break;
            case 'g': Text(1, value.AsString()); break;
            case 's' or 'o': Text(4, value.AsString()); break;
            case 'v':
                Text(1, value.Items[0].Signature);
                Write(value.Items[0]);
                break;
            case 'a':
                Integer(4, 0);
                int length = bytes.Count - 4;
                Align(value.Signature[1] is 'x' or 't' or 'd' or '(' or '{' ? 8 : 1);
                int start = bytes.Count;
                foreach (DBusValue item in value.Items)
                    Write(item);
                byte[] size = new byte[4];
                BinaryPrimitives.WriteInt32BigEndian(size, bytes.Count - start);
                for (int i = 0; i < 4; i++)
                    bytes[length + i] = size[i];
                break;
            default:
                Align(8);
                foreach (DBusValue field in value.Items)
                    Write(field);
                break;
        }
    }

    private void Text(int size, string text)
    {
        byte[] content = Encoding.UTF8.GetBytes(text);
        Integer(size, (ulong)content.Length);
        bytes.AddRange(content);
        bytes.Add(0);
    }

    private void Integer(int size, ulong value)
    {
        Align(size);
        for (int shift = 8 * (size - 1); shift >= 0; shift -= 8)
            bytes.Add((byte)(value >> shift));
    }

    private void Align(int size)
    {
        while (bytes.Count % size != 0)
            bytes.Add(0);
    }
}
