using System;
using System.Buffers.Binary;

namespace SharpRunc.Linux.DBus;

/// <summary>A message (D-Bus specification, "Message Format", "Header Fields").</summary>
/// <param name="ReplySerial">0: none.</param>
/// <param name="Sender">Its unique name; null without a bus.</param>
internal sealed record DBusMessage(
    byte Type, byte Flags, uint Serial, uint ReplySerial, string? Path, string? Interface, string? Member, string? Error, string? Sender,
    DBusValue[] Body)
{
    public const byte MethodCall = 1, MethodReturn = 2, ErrorReply = 3, Signal = 4;

    /// <summary>The flag of a call that wants no reply.</summary>
    public const byte NoReplyExpected = 1;

    /// <summary>The size limit of a whole message, in bytes.</summary>
    public const int MaxLength = 128 << 20;

    private const byte Version = 1;

    private const byte PathField = 1, InterfaceField = 2, MemberField = 3, ErrorField = 4, ReplySerialField = 5, DestinationField = 6,
        SenderField = 7, SignatureField = 8;

    /// <summary>The bytes up to and including the length of the header's array.</summary>
    private const int FixedLength = 16;

    /// <summary>The size in bytes of the message that begins here; 0 if too few bytes are there to tell.</summary>
    public static int LengthOf(ReadOnlySpan<byte> beginning)
    {
        if (beginning.Length < FixedLength)
            return 0;
        uint body = UInt32(beginning, 4), fields = UInt32(beginning, 12);
        long length = FixedLength + ((long)fields + 7) / 8 * 8 + body;
        if (fields > DBusWriter.MaxArray || length > MaxLength)
            throw new FormatException($"a message of {length} bytes, {fields} of them header fields");
        return (int)length;
    }

    /// <param name="bytes">As many as <see cref="LengthOf"/> returned.</param>
    public static DBusMessage Read(ReadOnlySpan<byte> bytes)
    {
        DBusReader reader = new(bytes, bytes[0] == 'B');
        reader.Byte();
        byte type = reader.Byte(), flags = reader.Byte(), version = reader.Byte();
        uint bodyLength = reader.UInt32(), serial = reader.UInt32();
        if (type == 0 || version != Version || serial == 0)
            throw new FormatException($"a message of type {type}, protocol version {version}, serial {serial}");
        string? path = null, @interface = null, member = null, error = null, sender = null;
        string signature = "";
        uint replySerial = 0;
        for (int end = reader.BeginArray('('); reader.Position < end;)
        {
            reader.Align(8);
            byte field = reader.Byte();
            string fieldType = reader.VariantSignature();
            switch (field, fieldType)
            {
                case (PathField, "o"): path = reader.ObjectPath(); break;
                case (InterfaceField, "s"): @interface = reader.String(); break;
                case (MemberField, "s"): member = reader.String(); break;
                case (ErrorField, "s"): error = reader.String(); break;
                case (ReplySerialField, "u"): replySerial = reader.UInt32(); break;
                case (SenderField, "s"): sender = reader.String(); break;
                case (SignatureField, "g"): signature = reader.Signature(); break;
                case (0 or PathField or InterfaceField or MemberField or ErrorField, _):
                case (ReplySerialField or SenderField or SignatureField, _):
                    throw new FormatException($"header field {field} of type {fieldType}");
                default: reader.Value(fieldType); break; // a later specification may add fields
            }
            if (reader.Position > end)
                throw new FormatException("a header field leads out of the header");
        }
        bool isWhole = type switch
        {
            MethodCall => path is not null && member is not null,
            MethodReturn => replySerial != 0,
            ErrorReply => replySerial != 0 && error is not null,
            Signal => path is not null && @interface is not null && member is not null,
            _ => true,
        };
        if (!isWhole)
            throw new FormatException($"a message of type {type} lacks a header field");
        reader.Align(8);
        if (bytes.Length - reader.Position != bodyLength)
            throw new FormatException($"a body of {bodyLength} bytes in a message that has {bytes.Length - reader.Position} for it");
        DBusValue[] body = reader.Values(signature);
        if (!reader.IsAtEnd)
            throw new FormatException($"{bytes.Length - reader.Position} bytes behind the body, whose signature is '{signature}'");
        return new(type, flags, serial, replySerial, path, @interface, member, error, sender, body);
    }

    /// <summary>Appends a call.</summary>
    public static void WriteCall(
        DBusWriter to, uint serial, byte flags, string? destination, string path, string @interface, string member, DBusValue[] body)
    {
        Write(to, MethodCall, flags, serial, body, fields =>
        {
            Field(fields, PathField, DBusValue.ObjectPath(path));
            Field(fields, InterfaceField, DBusValue.String(@interface));
            Field(fields, MemberField, DBusValue.String(member));
            if (destination is not null)
                Field(fields, DestinationField, DBusValue.String(destination));
        });
    }

    /// <summary>Appends the error reply to a call.</summary>
    public static void WriteError(DBusWriter to, uint serial, DBusMessage call, string name, string text)
    {
        Write(to, ErrorReply, NoReplyExpected, serial, [DBusValue.String(text)], fields =>
        {
            Field(fields, ErrorField, DBusValue.String(name));
            Field(fields, ReplySerialField, DBusValue.UInt32(call.Serial));
            if (call.Sender is not null)
                Field(fields, DestinationField, DBusValue.String(call.Sender));
        });
    }

    private static void Write(DBusWriter to, byte type, byte flags, uint serial, DBusValue[] body, Action<DBusWriter> addFields)
    {
        to.Begin();
        try
        {
            int begin = to.Length;
            to.Raw([(byte)'l', type, flags, Version]);
            to.UInt32(0);
            to.UInt32(serial);
            int array = to.BeginArray('(');
            addFields(to);
            if (body.Length > 0)
                Field(to, SignatureField, DBusValue.OfSignature(SignatureOf(body)));
            to.EndArray(array, '(');
            to.Align(8);
            int bodyAt = to.Length;
            foreach (DBusValue value in body)
                to.Value(value);
            to.Patch(begin + 4, (uint)(to.Length - bodyAt));
        }
        catch (FormatException)
        {
            to.RollBack();
            throw;
        }
    }

    private static void Field(DBusWriter to, byte field, DBusValue value)
    {
        to.Align(8);
        to.Byte(field);
        to.Signature(value.Signature);
        to.Value(value);
    }

    private static string SignatureOf(DBusValue[] body)
    {
        if (body.Length == 1)
            return body[0].Signature;
        string[] signatures = new string[body.Length];
        for (int i = 0; i < body.Length; i++)
            signatures[i] = body[i].Signature;
        return string.Concat(signatures);
    }

    private static uint UInt32(ReadOnlySpan<byte> bytes, int at) => bytes[0] switch
    {
        (byte)'l' => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]),
        (byte)'B' => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]),
        byte other => throw new FormatException($"a message begins with byte {other}, which is no byte order"),
    };
}

/// <summary>A received signal.</summary>
/// <param name="Path">The object that sent it.</param>
internal sealed record DBusSignal(string Path, string Interface, string Member, DBusValue[] Body);

/// <summary>An error reply (D-Bus specification, "Message Types").</summary>
internal sealed class DBusError(string name, string message) : Exception
{
    /// <summary>The name that programs check: <c>org.freedesktop.systemd1.UnitExists</c>.</summary>
    public string Name => name;

    /// <summary>The text for users; empty if the other side sent only the name.</summary>
    public string Text => message;

    public override string Message => message.Length == 0 ? name : $"{name}: {message}";
}
