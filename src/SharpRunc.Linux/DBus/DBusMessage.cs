using System;
using System.Collections.Generic;

namespace SharpRunc.Linux.DBus;

internal enum DBusMessageType : byte { MethodCall = 1, MethodReturn = 2, Error = 3, Signal = 4 }

/// <summary>A message (D-Bus specification, Message Format): a header of fields, and a body.</summary>
internal sealed class DBusMessage
{
    /// <summary>What comes before the fields: order of bytes, type, flags, version, the lengths of body and fields, and the serial.</summary>
    public const int FixedHeader = 16;

    private const byte LittleEndian = (byte)'l', BigEndian = (byte)'B', Version = 1, NoReplyExpected = 1;

    /// <summary>The specification's is 128 MiB; who is asked here says little, and our own memory is small.</summary>
    private const int MaxLength = 1 << 20;

    private static class Field
    {
        public const byte Path = 1, Interface = 2, Member = 3, ErrorName = 4, ReplySerial = 5, Destination = 6, Signature = 8;
    }

    public DBusMessageType Type { get; init; }

    public uint Serial { get; init; }

    /// <summary>Of the call that is answered; 0: this is no answer.</summary>
    public uint ReplySerial { get; private init; }

    public bool ExpectsReply { get; init; } = true;

    public string? Destination { get; init; }

    public string Path { get; init; } = "";

    public string Interface { get; init; } = "";

    public string Member { get; init; } = "";

    public string ErrorName { get; private init; } = "";

    public DBusValue[] Body { get; init; } = [];

    /// <summary>Appends the message; what was written before must end on eight bytes.</summary>
    public byte[] Write()
    {
        DBusWriter body = new();
        foreach (DBusValue value in Body)
            body.Value(value);
        DBusWriter message = new();
        message.Raw([LittleEndian, (byte)Type, ExpectsReply ? (byte)0 : NoReplyExpected, Version]);
        message.UInt32((uint)body.Length);
        message.UInt32(Serial);
        message.Value(Fields());
        message.Pad(8);
        message.Raw(body.Written);
        return message.Written.ToArray();
    }

    private DBusValue Fields()
    {
        List<DBusValue> fields = [];
        Add(Field.Path, Path, DBusValue.ObjectPath);
        Add(Field.Interface, Interface, DBusValue.String);
        Add(Field.Member, Member, DBusValue.String);
        Add(Field.Destination, Destination, DBusValue.String);
        Add(Field.Signature, DBusSyntax.Join(Body), DBusValue.OfSignature);
        return DBusValue.Array("(yv)", [.. fields]);

        void Add(byte field, string? value, Func<string, DBusValue> make)
        {
            if (!string.IsNullOrEmpty(value))
                fields.Add(DBusValue.Struct(DBusValue.Byte(field), DBusValue.Variant(make(value))));
        }
    }

    /// <summary>How long the message is that these bytes begin; 0: they do not say yet.</summary>
    /// <exception cref="FormatException">They begin none.</exception>
    public static int LengthOf(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < FixedHeader)
            return 0;
        DBusReader reader = Open(bytes, out uint body, out _);
        long header = (FixedHeader + (long)reader.UInt32() + 7) / 8 * 8;
        return header + body <= MaxLength ? (int)(header + body) : throw new FormatException($"a message of {header + body} bytes");
    }

    /// <param name="bytes">The whole message.</param>
    /// <exception cref="FormatException">Not one.</exception>
    public static DBusMessage Read(ReadOnlySpan<byte> bytes)
    {
        DBusReader reader = Open(bytes, out uint length, out uint serial);
        string signature = "", path = "", @interface = "", member = "", error = "";
        uint replies = 0;
        foreach (DBusValue field in reader.Values("a(yv)")[0].Items)
        {
            DBusValue value = field.Items[1].Items[0];
            switch (field.Items[0].AsUInt64())
            {
                case Field.Path:
                    path = value.AsString();
                    break;
                case Field.Interface:
                    @interface = value.AsString();
                    break;
                case Field.Member:
                    member = value.AsString();
                    break;
                case Field.ErrorName:
                    error = value.AsString();
                    break;
                case Field.ReplySerial:
                    replies = value.AsUInt32();
                    break;
                case Field.Signature:
                    signature = value.AsString();
                    break;
            }
        }
        reader.Pad(8);
        if (bytes.Length - reader.Position != length)
            throw new FormatException("a body of another length than the header says");
        // The body's places count from its own beginning, which is a multiple of eight.
        DBusReader body = new(bytes[reader.Position..], bytes[0] == BigEndian);
        DBusValue[] values = body.Values(signature);
        if (body.Position != length)
            throw new FormatException("a body that is longer than its values");
        return new()
        {
            Type = (DBusMessageType)bytes[1],
            ExpectsReply = (bytes[2] & NoReplyExpected) == 0,
            Serial = serial,
            ReplySerial = replies,
            Path = path,
            Interface = @interface,
            Member = member,
            ErrorName = error,
            Body = values,
        };
    }

    /// <summary>A reader that stands before the fields.</summary>
    private static DBusReader Open(ReadOnlySpan<byte> bytes, out uint body, out uint serial)
    {
        if (bytes.Length < FixedHeader || bytes[0] is not (LittleEndian or BigEndian) || bytes[3] != Version)
            throw new FormatException("not a D-Bus message");
        DBusReader reader = new(bytes, bytes[0] == BigEndian);
        for (int i = 0; i < sizeof(uint); i++)
            reader.Byte();
        body = reader.UInt32();
        serial = reader.UInt32();
        return reader;
    }
}
