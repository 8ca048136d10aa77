using System;
using System.Collections.Generic;
using NUnit.Framework;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>The wire format, byte by byte.</summary>
internal sealed class DBusWireTests
{
    [TestCase("byte 0x2a", "2a")]
    [TestCase("true", "01000000")]
    [TestCase("int16 -2", "feff")]
    [TestCase("uint16 0x1234", "3412")]
    [TestCase("-2", "feffffff")]
    [TestCase("uint32 0x12345678", "78563412")]
    [TestCase("int64 -2", "feffffffffffffff")]
    [TestCase("uint64 0x123456789abcdef0", "f0debc9a78563412")]
    [TestCase("1.0", "000000000000f03f")]
    [TestCase("'foo'", "03000000 666f6f 00")]
    [TestCase("'é'", "02000000 c3a9 00")]
    [TestCase("''", "00000000 00")]
    [TestCase("objectpath '/'", "01000000 2f 00")]
    [TestCase("signature 'ai'", "02 6169 00")]
    [TestCase("<uint32 5>", "01 75 00 00 05000000")]
    [TestCase("<uint64 5>", "01 74 00 0000000000 0500000000000000")]
    [TestCase("[5, 6]", "08000000 05000000 06000000")]
    [TestCase("[uint64 5]", "08000000 00000000 0500000000000000", Description = "the padding before the first element is not counted")]
    [TestCase("@at []", "00000000 00000000", Description = "and is there for none, too")]
    [TestCase("[byte 1, 2]", "02000000 01 02")]
    [TestCase("(byte 1, uint32 2)", "01 000000 02000000")]
    [TestCase("(byte 1, (byte 2,))", "01 00000000000000 02")]
    [TestCase("{'a': <true>}", "10000000 00000000 01000000 61 00 01 62 00 000000 01000000")]
    [TestCase("['a', 'bc']", "0f000000 01000000 61 00 0000 02000000 6263 00")]
    [TestCase("[@ay [], [byte 1]]", "09000000 00000000 01000000 01")]
    public void A_value_is_these_bytes(string text, string hexadecimal)
    {
        DBusValue value = GVariantText.Parse(text);
        byte[] bytes = Convert.FromHexString(hexadecimal.Replace(" ", ""));
        DBusWriter writer = new();
        writer.Begin();
        writer.Value(value);
        Assert.That(Convert.ToHexString(writer.Written), Is.EqualTo(Convert.ToHexString(bytes)));
        DBusReader reader = new(bytes, isBigEndian: false);
        Assert.That(reader.Value(value.Signature), Is.EqualTo(value));
        Assert.That(reader.IsAtEnd, Is.True);
    }

    [Test]
    public void Alignment_counts_from_the_beginning_of_the_message()
    {
        DBusWriter writer = new();
        writer.Raw([1, 2, 3]);
        writer.Begin();
        writer.Value(DBusValue.Byte(4));
        writer.Value(DBusValue.Array("t", DBusValue.UInt64(5)));
        Assert.That(Convert.ToHexString(writer.Written), Is.EqualTo("010203" + "04000000" + "08000000" + "0500000000000000"));
    }

    /// <summary>Put together by hand from the specification.</summary>
    [Test]
    public void A_call_is_these_bytes()
    {
        DBusWriter writer = new();
        DBusMessage.WriteCall(writer, 1, 0, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", []);
        byte[] hello =
        [
            (byte)'l', 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0x6D, 0, 0, 0,
            1, 1, (byte)'o', 0, 21, 0, 0, 0, .. "/org/freedesktop/DBus\0"u8, 0, 0,
            2, 1, (byte)'s', 0, 20, 0, 0, 0, .. "org.freedesktop.DBus\0"u8, 0, 0, 0,
            3, 1, (byte)'s', 0, 5, 0, 0, 0, .. "Hello\0"u8, 0, 0,
            6, 1, (byte)'s', 0, 20, 0, 0, 0, .. "org.freedesktop.DBus\0"u8, 0, 0, 0,
        ];
        Assert.That(Convert.ToHexString(writer.Written), Is.EqualTo(Convert.ToHexString(hello)));
    }

    [Test]
    public void A_call_is_read_as_it_was_written()
        => Dice.Roll(1_000, dice =>
        {
            DBusWriter writer = new();
            writer.Raw(new byte[dice.Below(9)]);
            int before = writer.Length;
            DBusValue[] body = dice.Many(5, () => AnyValue.Of(dice));
            DBusMessage.WriteCall(writer, 7, 1, dice.Once(2) ? null : "a.b", "/a", "c.d", "M", body);
            ReadOnlySpan<byte> bytes = writer.Written[before..];
            Assert.That(DBusMessage.LengthOf(bytes), Is.EqualTo(bytes.Length));
            DBusMessage read = DBusMessage.Read(bytes);
            Assert.That((read.Type, read.Flags, read.Serial, read.Path, read.Interface, read.Member),
                Is.EqualTo((DBusMessage.MethodCall, (byte)1, 7u, "/a", "c.d", "M")));
            Assert.That(read.Body, Is.EqualTo(body));
        });

    [Test]
    public void GLib_reads_what_is_written_and_what_it_writes_is_read()
    {
        const string program = """
            for text in texts:
                message = Gio.DBusMessage.new_from_blob(bytes.fromhex(text), Gio.DBusCapabilityFlags.NONE)
                print(bytes(message.to_blob(Gio.DBusCapabilityFlags.NONE)).hex(), end='\x1e')
            """;
        List<string> calls = [];
        List<DBusValue[]> bodies = [];
        Dice.Roll(500, dice =>
        {
            DBusWriter writer = new();
            DBusValue[] body = dice.Many(4, () => AnyValue.Of(dice));
            DBusMessage.WriteCall(writer, 7, 1, "a.b", "/a", "c.d", "M", body);
            bodies.Add(body);
            calls.Add(Convert.ToHexString(writer.Written));
        });
        string[] theirs = GLib.Run(program, calls);
        Assert.That(theirs, Has.Length.EqualTo(calls.Count));
        for (int i = 0; i < theirs.Length; i++)
        {
            DBusMessage read = DBusMessage.Read(Convert.FromHexString(theirs[i]));
            Assert.That((read.Type, read.Serial, read.Path, read.Interface, read.Member),
                Is.EqualTo((DBusMessage.MethodCall, 7u, "/a", "c.d", "M")));
            Assert.That(read.Body, Is.EqualTo(bodies[i]));
        }
    }

    [Test]
    public void A_message_of_the_other_byte_order_is_read_as_the_same()
        => Dice.Roll(1_000, dice =>
        {
            DBusValue[] body = dice.Many(4, () => AnyValue.Of(dice));
            byte[] bytes = BigEndian.Reply(9, body);
            Assert.That(DBusMessage.LengthOf(bytes), Is.EqualTo(bytes.Length));
            DBusMessage read = DBusMessage.Read(bytes);
            Assert.That((read.Type, read.ReplySerial), Is.EqualTo((DBusMessage.MethodReturn, 9u)));
            Assert.That(read.Body, Is.EqualTo(body));
        });

    [Test]
    public void A_call_that_D_Bus_cannot_say_leaves_nothing_behind()
    {
        DBusWriter writer = new();
        writer.Raw("before"u8);
        DBusValue name = DBusValue.String(new string('a', 1 << 20));
        Assert.Throws<FormatException>(
            () => DBusMessage.WriteCall(writer, 1, 0, null, "/", "a.b", "M", [DBusValue.Array("s", Many(65, name))]));
        Assert.Throws<FormatException>(() => DBusMessage.WriteCall(writer, 1, 0, null, "no path", "a.b", "M", []));
        Assert.Throws<FormatException>(() => DBusMessage.WriteCall(writer, 1, 0, null, "/", "a.b", "M", Many(256, DBusValue.Byte(1))));
        Assert.Throws<FormatException>(() => DBusMessage.WriteCall(writer, 1, 0, null, "/", "a.b", "M", Many(130, name)));
        Assert.That(writer.Written.SequenceEqual("before"u8), Is.True);
    }

    [TestCase("6c0100010000000001000000ffffffff")]
    [TestCase("6c010001ffffffff0100000000000000")]
    [TestCase("6c010001000000080100000000000000", Description = "a body of 128 MiB, and the header is not free")]
    [TestCase("42010001080000000100000000000000")]
    [TestCase("6d010001000000000100000000000000", Description = "no byte order")]
    public void A_length_that_no_message_may_have_is_refused_before_anything_is_read(string hexadecimal)
        => Assert.Throws<FormatException>(() => DBusMessage.LengthOf(Convert.FromHexString(hexadecimal)));

    [TestCase("version", 3, 2)]
    [TestCase("type", 1, 0)]
    [TestCase("serial", 8, 0)]
    [TestCase("type of path", 18, (int)'s')]
    [TestCase("unknown type", 18, (int)'m')]
    [TestCase("padding", 46, 1)]
    [TestCase("NUL inside", 30, 0)]
    [TestCase("NUL behind", 45, 1)]
    [TestCase("UTF-8", 30, 0xFF)]
    [TestCase("path", 24, (int)'x')]
    [TestCase("field 0", 16, 0)]
    [TestCase("no path", 16, 99)]
    [TestCase("longer field", 20, 22)]
    [TestCase("longer header", 12, 0x70)]
    [TestCase("body", 4, 1)]
    public void A_message_with_an_error_is_refused(string what, int offset, int value)
    {
        DBusWriter writer = new();
        DBusMessage.WriteCall(writer, 1, 0, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "Hello", []);
        byte[] bytes = writer.Written.ToArray();
        Assert.That(() => DBusMessage.Read(bytes), Throws.Nothing);
        bytes[offset] = (byte)value;
        Assert.Throws<FormatException>(() => DBusMessage.Read(bytes), what);
    }

    /// <summary>The signature of a body and the body.</summary>
    [TestCase("b", "02000000", Description = "a boolean is 0 or 1")]
    [TestCase("s", "ffffffff", Description = "a length of 4 GiB")]
    [TestCase("s", "7fffffff00")]
    [TestCase("s", "0000000001", Description = "no NUL")]
    [TestCase("s", "0100000061", Description = "a NUL that is not there any more")]
    [TestCase("ai", "ffffffff")]
    [TestCase("ai", "0200000001000000", Description = "an element that leads out of the array")]
    [TestCase("ai", "01000004", Description = "64 MiB and a byte")]
    [TestCase("a(i)", "0400000001000000 01000000", Description = "padding that is not zero")]
    [TestCase("v", "00 00", Description = "no type")]
    [TestCase("v", "02 6969 00", Description = "two types")]
    [TestCase("v", "01 61 00", Description = "half a type")]
    [TestCase("v", "ff 69", Description = "a signature that leads out of the message")]
    [TestCase("o", "01000000 78 00")]
    [TestCase("g", "01 61 00")]
    [TestCase("i", "01000000 00", Description = "more than its signature says")]
    [TestCase("ii", "01000000")]
    public void A_body_with_an_error_is_refused(string signature, string hexadecimal)
    {
        byte[] message = BigEndian.Little(signature, Convert.FromHexString(hexadecimal.Replace(" ", "")));
        Assert.That(DBusMessage.LengthOf(message), Is.EqualTo(message.Length));
        Assert.Throws<FormatException>(() => DBusMessage.Read(message));
    }

    [Test]
    public void Variants_in_variants_without_end_are_refused()
    {
        List<byte> body = [];
        for (int i = 0; i < 100_000; i++)
            body.AddRange([1, (byte)'v', 0]);
        Assert.Throws<FormatException>(() => DBusMessage.Read(BigEndian.Little("v", [.. body])));
    }

    [Test]
    public void A_type_of_message_that_is_not_known_yet_is_read()
    {
        byte[] message = BigEndian.Little("", []);
        message[1] = 77;
        Assert.That(DBusMessage.Read(message).Type, Is.EqualTo(77));
    }

    [Test]
    public void Hostile_bytes_are_a_message_or_a_format_error_and_never_a_crash()
        => Dice.Roll(30_000, dice =>
        {
            DBusWriter writer = new();
            if (dice.Once(3))
                writer.Raw(BigEndian.Reply(9, dice.Many(3, () => AnyValue.Of(dice))));
            else
                DBusMessage.WriteCall(writer, 7, 0, "a.b", "/a/b", "c.d", "M", dice.Many(3, () => AnyValue.Of(dice)));
            List<byte> bytes = [.. writer.Written];
            for (int edits = 1 + dice.Below(4); edits > 0 && bytes.Count > 0; edits--)
                Damage(dice, bytes);
            try
            {
                byte[] message = [.. bytes];
                int length = DBusMessage.LengthOf(message);
                // Whole or cut short: what LengthOf says is not always what is there for Read.
                if (message.Length >= 16)
                    DBusMessage.Read(length <= message.Length && dice.Once(2) ? message.AsSpan(0, length) : message);
            }
            catch (FormatException)
            {
            }
        });

    private static DBusValue[] Many(int count, DBusValue value)
    {
        DBusValue[] values = new DBusValue[count];
        Array.Fill(values, value);
        return values;
    }

    private static void Damage(Dice dice, List<byte> bytes)
    {
        int at = dice.Below(bytes.Count);
        switch (dice.Below(6))
        {
            case 0: bytes[at] = (byte)dice.Number(); break;
            case 1: bytes[at] ^= (byte)(1 << dice.Below(8)); break;
            case 2: bytes.RemoveAt(at); break;
            case 3: bytes.Insert(at, (byte)dice.Below(256)); break;
            case 4: bytes.RemoveRange(at, bytes.Count - at); break;
            default:
                bytes[at] = (byte)dice.Of('a', '(', ')', '{', '}', 'v', 's', 'g', 'o', 'y', 'b', 'l', 'B');
                break;
        }
    }
}
