using System;
using NUnit.Framework;
using SharpRunc.Linux.DBus;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.DBus;

/// <summary>Values: what they are equal to, and what cannot be one.</summary>
internal sealed class DBusValueTests
{
    [Test]
    public void Values_are_equal_when_type_and_content_are()
    {
        DBusValue one = Property(1), same = Property(1);
        Assert.Multiple(() =>
        {
            Assert.That(same, Is.EqualTo(one));
            Assert.That(same.GetHashCode(), Is.EqualTo(one.GetHashCode()));
            Assert.That(Property(2), Is.Not.EqualTo(one));
            Assert.That(DBusValue.Int32(5), Is.Not.EqualTo(DBusValue.UInt32(5)));
            Assert.That(DBusValue.ObjectPath("/a"), Is.Not.EqualTo(DBusValue.String("/a")));
            Assert.That(DBusValue.Array("i"), Is.Not.EqualTo(DBusValue.Array("s")));
            Assert.That(one.Equals(null), Is.False);
        });

        static DBusValue Property(ulong value)
            => DBusValue.Struct(DBusValue.String("MemoryMax"), DBusValue.Variant(DBusValue.UInt64(value)));
    }

    [Test]
    public void A_value_says_its_type_and_its_content()
    {
        DBusValue dictionary = DBusValue.Array("{sv}", DBusValue.Entry(DBusValue.String("a"),
            DBusValue.Variant(DBusValue.Array("(bi)", DBusValue.Struct(DBusValue.Boolean(true), DBusValue.Int32(-1))))));
        Assert.Multiple(() =>
        {
            Assert.That(dictionary.Signature, Is.EqualTo("a{sv}"));
            Assert.That(dictionary.ToString(), Is.EqualTo("{'a': <[(true, -1)]>}"));
            DBusValue pair = dictionary.Items[0].Items[1].Items[0].Items[0];
            Assert.That((pair.Items[0].AsBoolean(), pair.Items[1].AsInt32()), Is.EqualTo((true, -1)));
            Assert.That(dictionary.Items[0].Items[0].AsString(), Is.EqualTo("a"));
            Assert.That((DBusValue.UInt32(uint.MaxValue).AsUInt32(), DBusValue.UInt64(ulong.MaxValue).AsUInt64()),
                Is.EqualTo((uint.MaxValue, ulong.MaxValue)));
        });
    }

    [Test]
    public void A_value_of_another_type_is_a_format_error()
    {
        Assert.Throws<FormatException>(() => DBusValue.Int32(1).AsUInt32());
        Assert.Throws<FormatException>(() => DBusValue.Int32(1).AsString());
        Assert.Throws<FormatException>(() => DBusValue.String("true").AsBoolean());
    }

    [Test]
    public void A_string_that_D_Bus_has_not_is_refused()
    {
        foreach (string text in new[] { "a\0b", "\ud800", "\udc00\ud800", "a\ud800", "\ud800a" })
            Assert.Throws<FormatException>(() => DBusValue.String(text));
    }

    [TestCase("/", true)]
    [TestCase("/a/B_9", true)]
    [TestCase("", false)]
    [TestCase("a", false)]
    [TestCase("//", false)]
    [TestCase("/a/", false)]
    [TestCase("/a//b", false)]
    [TestCase("/a-b", false)]
    [TestCase("/ä", false)]
    public void An_object_path_has_its_syntax(string path, bool isValid)
        => Assert.That(() => DBusValue.ObjectPath(path), isValid ? Throws.Nothing : Throws.InstanceOf<FormatException>());

    [TestCase("", true)]
    [TestCase("ybnqiuxtdsogvh", true)]
    [TestCase("a{sv}(ii(s)aas)", true)]
    [TestCase("a{s(ii)}", true)]
    [TestCase("a", false)]
    [TestCase("aa", false)]
    [TestCase("(", false)]
    [TestCase("()", false)]
    [TestCase("(i", false)]
    [TestCase("i)", false)]
    [TestCase("{sv}", false)]
    [TestCase("a{vs}", false)]
    [TestCase("a{(i)s}", false)]
    [TestCase("a{s}", false)]
    [TestCase("a{}", false)]
    [TestCase("a{sss}", false)]
    [TestCase("a{ss", false)]
    [TestCase("a{s", false)]
    [TestCase("mi", false)]
    [TestCase("é", false)]
    [TestCase("a\0", false)]
    public void A_signature_has_its_syntax(string signature, bool isValid)
        => Assert.That(() => DBusValue.OfSignature(signature), isValid ? Throws.Nothing : Throws.InstanceOf<FormatException>());

    [Test]
    public void Types_and_values_nest_only_so_deep()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => DBusSignature.Require(new string('a', 32) + "i"), Throws.Nothing);
            Assert.That(() => DBusSignature.Require(new string('a', 33) + "i"), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusSignature.Require(new string('(', 32) + "i" + new string(')', 32)), Throws.Nothing);
            Assert.That(() => DBusSignature.Require(new string('(', 33) + "i" + new string(')', 33)), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusSignature.Require(new string('i', 255)), Throws.Nothing);
            Assert.That(() => DBusSignature.Require(new string('i', 256)), Throws.InstanceOf<FormatException>());
            Assert.That(() => Variants(64), Throws.Nothing);
            Assert.That(() => Variants(65), Throws.InstanceOf<FormatException>());
        });

        static DBusValue Variants(int depth)
        {
            DBusValue value = DBusValue.Int32(1);
            for (int i = 0; i < depth; i++)
                value = DBusValue.Variant(value);
            return value;
        }
    }

    [Test]
    public void Containers_have_what_their_type_says()
    {
        Assert.Multiple(() =>
        {
            Assert.That(() => DBusValue.Array("s", DBusValue.Int32(1)), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Array("ss"), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Array(""), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Struct(), Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Entry(DBusValue.Variant(DBusValue.Int32(1)), DBusValue.Int32(1)),
                Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Variant(DBusValue.Entry(DBusValue.Int32(1), DBusValue.Int32(1))),
                Throws.InstanceOf<FormatException>());
            Assert.That(() => DBusValue.Struct(DBusValue.Entry(DBusValue.Int32(1), DBusValue.Int32(1))),
                Throws.InstanceOf<FormatException>());
        });
    }

    [Test]
    public void Equal_values_print_the_same_and_others_do_not()
        => Dice.Roll(2_000, dice =>
        {
            DBusValue one = AnyValue.Of(dice, 2), other = AnyValue.Of(dice, 2);
            Assert.That(one.Equals(other), Is.EqualTo(one.ToString() == other.ToString()));
        });
}
