using System;
using System.Collections.Generic;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>GVariant text, as GLib 2.74's g_variant_parse and g_variant_print have it (and the tables of godbus v5.1).</summary>
internal sealed class GVariantTextTests
{
    [TestCase("1", "i", "1")]
    [TestCase("  5  ", "i", "5")]
    [TestCase("0x10", "i", "16")]
    [TestCase("0X1f", "i", "31")]
    [TestCase("010", "i", "8")]
    [TestCase("+5", "i", "5")]
    [TestCase("-0x10", "i", "-16")]
    [TestCase("int32 -2147483648", "i", "-2147483648")]
    [TestCase("byte 0", "y", "byte 0x00")]
    [TestCase("int16 0", "n", "int16 0")]
    [TestCase("uint16 65535", "q", "uint16 65535")]
    [TestCase("uint32 0xffffffff", "u", "uint32 4294967295")]
    [TestCase("handle 5", "h", "handle 5")]
    [TestCase("int64 -9223372036854775808", "x", "int64 -9223372036854775808")]
    [TestCase("uint64 18446744073709551615", "t", "uint64 18446744073709551615")]
    [TestCase("@t 5", "t", "uint64 5")]
    [TestCase("uint64 @t 5", "t", "uint64 5")]
    [TestCase("1.0", "d", "1.0")]
    [TestCase("1.", "d", "1.0")]
    [TestCase(".5", "d", "0.5")]
    [TestCase("1e1", "d", "10.0")]
    [TestCase("+1.5E3", "d", "1500.0")]
    [TestCase("double 1", "d", "1.0")]
    [TestCase("double 0x10", "d", "16.0")]
    [TestCase("-inf", "d", "-inf")]
    [TestCase("nan", "d", "nan")]
    [TestCase("true", "b", "true")]
    [TestCase("boolean false", "b", "false")]
    [TestCase("'foo'", "s", "'foo'")]
    [TestCase("string \"a\"", "s", "'a'")]
    [TestCase("\"it's\"", "s", "\"it's\"")]
    [TestCase("'it\\'s \"it\"'", "s", "\"it's \\\"it\\\"\"")]
    [TestCase("'a\\\\b'", "s", "'a\\\\b'")]
    [TestCase("'\\a\\b\\f\\n\\r\\t\\v'", "s", "'\\u0007\\u0008\\u000c\\u000a\\u000d\\u0009\\u000b'")]
    [TestCase("'\\u00e4\\U0001f603é'", "s", "'ä\U0001f603é'")]
    [TestCase("'a\\\nb'", "s", "'ab'")]
    [TestCase("@o '/org/foo'", "o", "objectpath '/org/foo'")]
    [TestCase("objectpath '/'", "o", "objectpath '/'")]
    [TestCase("signature 'a{sv}'", "g", "signature 'a{sv}'")]
    [TestCase("[1, 2, 3]", "ai", "[1, 2, 3]")]
    [TestCase("@ai []", "ai", "@ai []")]
    [TestCase("@ax [1,2]", "ax", "[int64 1, 2]")]
    [TestCase("@ai[1]", "ai", "[1]", Description = "GLib wants a space there")]
    [TestCase("[1, byte 2]", "ay", "[byte 0x01, 0x02]")]
    [TestCase("[byte 0x01, 0x02]", "ay", "[byte 0x01, 0x02]")]
    [TestCase("[1, 5.0]", "ad", "[1.0, 5.0]")]
    [TestCase("[nan, 1]", "ad", "[nan, 1.0]")]
    [TestCase("[[1, 2], [3, 4.0]]", "aad", "[[1.0, 2.0], [3.0, 4.0]]")]
    [TestCase("[@o '/org/foo', '/org/bar']", "ao", "[objectpath '/org/foo', '/org/bar']")]
    [TestCase("[[], [\"\"]]", "aas", "[@as [], ['']]")]
    [TestCase("[[0], b'']", "aay", "[[byte 0x00], [0x00]]")]
    [TestCase("[(uint64 1, 's'), (2, 't')]", "a(ts)", "[(uint64 1, 's'), (2, 't')]")]
    [TestCase("(1,)", "(i)", "(1,)")]
    [TestCase("(1, 's', [true])", "(isab)", "(1, 's', [true])")]
    [TestCase("@(it) (1, 2)", "(it)", "(1, uint64 2)")]
    [TestCase("<1>", "v", "<1>")]
    [TestCase("<<uint32 1>>", "v", "<<uint32 1>>")]
    [TestCase("@v <5>", "v", "<5>")]
    [TestCase("[<1>, <2.0>]", "av", "[<1>, <2.0>]")]
    [TestCase("@a{ss} {}", "a{ss}", "@a{ss} {}")]
    [TestCase("@a{sv}{}", "a{sv}", "@a{sv} {}", Description = "GLib wants a space there")]
    [TestCase("{'foo': 1}", "a{si}", "{'foo': 1}")]
    [TestCase("[{}, {'foo': 'bar'}]", "aa{ss}", "[@a{ss} {}, {'foo': 'bar'}]")]
    [TestCase("{'a': <1>, 'b': <'foo'>}", "a{sv}", "{'a': <1>, 'b': <'foo'>}")]
    [TestCase("{1: 2, 2: uint64 3}", "a{it}", "{1: uint64 2, 2: 3}")]
    [TestCase("[{1, 2}]", "a{ii}", "{1: 2}")]
    [TestCase("b''", "ay", "[byte 0x00]")]
    [TestCase("b\"abc\"", "ay", "[byte 0x61, 0x62, 0x63, 0x00]")]
    [TestCase("b\"\\x01\\0002\\a\"", "ay", "[byte 0x01, 0x02, 0x07, "
        + "0x00]", Description = "as godbus; GLib has no \\x and takes \\000 for a NUL")]
    [TestCase("b'é\\é\\377\\12\\7z'", "ay", "[byte 0xc3, 0xa9, 0xc3, 0xa9, 0xff, 0x0a, 0x07, 0x7a, 0x00]")]
    public void Text_is_a_value_of_a_type(string text, string type, string printed)
    {
        DBusValue value = GVariantText.Parse(text);
        Assert.That((value.Signature, value.ToString()), Is.EqualTo((type, printed)));
    }

    [TestCase("", 1, "expected a value")]
    [TestCase("   ", 4, "expected a value")]
    [TestCase("e", 1, "'e'")]
    [TestCase("é", 1, "expected a value")]
    [TestCase("trueish", 1, "'trueish'")]
    [TestCase("infinity", 1, "'infinity'")]
    [TestCase("1 2", 3, "expected the end")]
    [TestCase("1_0", 2, "expected the end")]
    [TestCase("'a' 'b'", 5, "expected the end")]
    [TestCase("1\0", 2, "NUL")]
    [TestCase("08", 1, "'8'")]
    [TestCase("0x", 1, "no digits")]
    [TestCase("-", 1, "no digits")]
    [TestCase("--inf", 1, "'-'")]
    [TestCase("--5", 1, "'-'")]
    [TestCase("5-", 1, "'-'")]
    [TestCase("5s", 1, "'s'")]
    [TestCase("1e", 1, "1e")]
    [TestCase("1e400", 1, "1e400")]
    [TestCase("0x1.8", 1, "'.'")]
    [TestCase("uint64 5.0", 8, "type t")]
    [TestCase("-2147483649", 1, "type i")]
    [TestCase("18446744073709551615", 1, "type i")]
    [TestCase("uint64 18446744073709551616", 8, "any type")]
    [TestCase("int16 40000", 7, "type n")]
    [TestCase("byte -1", 6, "type y")]
    [TestCase("[byte 1, 300]", 10, "type y")]
    [TestCase("'", 1, "closing quote")]
    [TestCase("'a\\", 1, "closing quote")]
    [TestCase("b'a", 2, "closing quote")]
    [TestCase("'\\u41'", 3, "4 hexadecimal digits")]
    [TestCase("'\\u0000'", 3, "4 hexadecimal digits")]
    [TestCase("'\\ud800'", 3, "4 hexadecimal digits")]
    [TestCase("'\\U00110000'", 3, "8 hexadecimal digits")]
    [TestCase("'\\Uffffffff'", 3, "8 hexadecimal digits")]
    [TestCase("@o 'x'", 4, "object path")]
    [TestCase("[objectpath '/x', '/y/']", 19, "object path")]
    [TestCase("signature 'a'", 11, "signature")]
    [TestCase("{}", 1, "expected a type")]
    [TestCase("[]", 1, "expected a type")]
    [TestCase("<[]>", 2, "expected a type")]
    [TestCase("@* 5", 2, "type behind @")]
    [TestCase("@", 2, "type behind @")]
    [TestCase("@(", 2, "type behind @")]
    [TestCase("@a{vs} {}", 2, "type behind @")]
    [TestCase("@mi 1", 2, "Maybe")]
    [TestCase("just 1", 1, "Maybe")]
    [TestCase("nothing", 1, "Maybe")]
    [TestCase("@s 5", 4, "type s")]
    [TestCase("@i true", 4, "type i")]
    [TestCase("@v 5", 4, "type v")]
    [TestCase("@y b'a'", 4, "type y")]
    [TestCase("uint32 [1]", 8, "type u")]
    [TestCase("@(ii) (1,2,3)", 7, "type (ii)")]
    [TestCase("[1,]", 4, "expected a value")]
    [TestCase("[1;2]", 3, "] or ,")]
    [TestCase("[1", 3, "] or ,")]
    [TestCase("[1, 'a']", 5, "same type")]
    [TestCase("()", 1, "no empty ones")]
    [TestCase("(,)", 2, "expected a value")]
    [TestCase("(1)", 3, "expected ,")]
    [TestCase("(1,2,)", 6, "expected a value")]
    [TestCase("(1 2)", 4, ") or ,")]
    [TestCase("{1}", 3, ": or ,")]
    [TestCase("{1:}", 4, "expected a value")]
    [TestCase("{'a':1,}", 8, "expected a value")]
    [TestCase("{1:2, 2, 3}", 8, ": behind a key")]
    [TestCase("{1:2, 'a':3}", 7, "same type")]
    [TestCase("{1:2, 2:'3'}", 9, "same type")]
    [TestCase("{<1>: 2}", 2, "a key")]
    [TestCase("{[1]: 2}", 2, "a key")]
    [TestCase("{1, 2}", 1, "array around")]
    [TestCase("<{1, 2}>", 2, "array around")]
    [TestCase("<>", 2, "expected a value")]
    [TestCase("<1", 3, ">")]
    public void What_is_no_value_is_refused_with_the_place_and_what_is_expected(string text, int character, string what)
    {
        FormatException e = Assert.Throws<FormatException>(() => GVariantText.Parse(text))!;
        Assert.That(e.Message, Does.StartWith($"character {character}: ").And.Contain(what));
    }

    [Test]
    public void Texts_without_end_are_refused()
    {
        string[] texts =
        [
            new('[', 60_000), new('<', 60_000), new('(', 60_000), new('{', 60_000), string.Concat(Repeated("@i ", 20_000)),
                string.Concat(Repeated("byte ", 10_000)), $"({string.Concat(Repeated("1,", 30_000))}1)",
            new string('[', 65) + "1" + new string(']', 65), new string('<', 65) + "1" + new string('>', 65),
                new string('[', 33) + "1" + new string(']', 33), new string(' ', GVariantText.MaxLength) + "1", new string('a', 30_000),
                    new string('1', 60_000),
        ];
        foreach (string text in texts)
            Assert.Throws<FormatException>(() => GVariantText.Parse(text), text[..10]);
    }

    [Test]
    public void Values_may_nest_as_deep_as_D_Bus_has_it()
        => Assert.That(GVariantText.Parse(new string('<', 32) + new string('[', 32) + "1" + new string(']', 32) + new string('>', 32))
            .Signature, Is.EqualTo("v"));

    [Test]
    public void What_is_printed_is_read_as_the_same_value()
        => Dice.Roll(5_000, dice =>
        {
            DBusValue value = AnyValue.Of(dice, 4);
            Assert.That(GVariantText.Parse(value.ToString()), Is.EqualTo(value));
        });

    [Test]
    public void Any_text_is_a_value_or_a_format_error()
        => Dice.Roll(30_000, dice =>
        {
            StringBuilder text = new(dice.Once(2) ? AnyValue.Of(dice, 4).ToString()
                : dice.Text(30, "[", "]", "{", "}", "(", ")", "<", ">", ",", ":", "@", "a", "b", "'", "\"", "\\", "u", "1", "-", ".", "e",
                    "0x", "byte ", "@as ", "s", " ", "\ud800", "é", "\0", "true", "inf"));
            for (int edits = dice.Below(4); edits > 0 && text.Length > 0; edits--)
                if (dice.Once(2))
                    text.Remove(dice.Below(text.Length), 1);
                else
                    text.Insert(dice.Below(text.Length), dice.Of("[", "]", "<", ",", "'", "\\", "0", "@", "}", "\ud800"));
            try
            {
                DBusValue value = GVariantText.Parse(text.ToString());
                Assert.That(GVariantText.Parse(value.ToString()), Is.EqualTo(value));
            }
            catch (FormatException e)
            {
                Assert.That(e.Message, Does.StartWith("character "));
            }
        });

    [Test]
    public void GLib_reads_what_is_printed_and_prints_the_same_type()
    {
        const string program = """
            for text in texts:
                print(GLib.Variant.parse(None, text, None, None).get_type_string(), end='\x1e')
            """;
        List<string> texts = [], types = [];
        Dice.Roll(500, dice =>
        {
            DBusValue value = AnyValue.Of(dice, 4);
            texts.Add(value.ToString());
            types.Add(value.Signature);
        });
        Assert.That(GLib.Run(program, texts), Is.EqualTo(types));
    }

    private static string[] Repeated(string text, int times)
    {
        string[] all = new string[times];
        Array.Fill(all, text);
        return all;
    }
}
