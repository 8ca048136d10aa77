using System;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Linux;

internal sealed class KernelTextTests
{
    [TestCase("plain", "plain")]
    [TestCase("é € 😀", "é € 😀")]
    [TestCase("a\u0085b\u2028c", "a\u0085b\u2028c")]
    public void What_is_UTF_8_is_itself(string name, string text)
        => Assert.That(KernelText.Decode(Encoding.UTF8.GetBytes(name)), Is.EqualTo(text));

    // Not in attributes, which are UTF-8 themselves.
    private static readonly object[] Escaped =
    [
        new TestCaseData(new byte[] { 0x63, 0x61, 0x66, 0xE9 }, "caf\uDCE9").SetName("Latin 1"),
        new TestCaseData(new byte[] { 0xC0, 0xAF }, "\uDCC0\uDCAF").SetName("an overlong slash stays two bytes, and is no slash"),
        new TestCaseData(new byte[] { 0xED, 0xB2, 0x80 },
            "\uDCED\uDCB2\uDC80").SetName("a surrogate in UTF-8 is three bytes, and not the byte 80"),
        new TestCaseData(new byte[] { 0xF0, 0x9F, 0x98 }, "\uDCF0\uDC9F\uDC98").SetName("a cut character"),
        new TestCaseData(new byte[] { 0xF0, 0x9F, 0x92, 0x80, 0x80 },
            "\uD83D\uDC80\uDC80").SetName("behind a pair whose second half is in the range"),
    ];

    [TestCaseSource(nameof(Escaped))]
    public void A_byte_that_is_not_UTF_8_is_half_a_pair_and_comes_back(byte[] name, string text)
    {
        Assert.That(KernelText.Decode(name), Is.EqualTo(text));
        Assert.That(KernelText.Encode(text), Is.EqualTo(name));
        Assert.That(KernelText.Length(text), Is.EqualTo(name.Length));
    }

    [Test]
    public void Any_bytes_come_back([Range(0, 9)] int seed)
    {
        Random random = new(seed);
        byte[][] pieces = [[0x61], [0xC3, 0xA9], [0xE2, 0x82, 0xAC], [0xF0, 0x9F, 0x92, 0x80], [0xE9], [0xED, 0xB2, 0x80], [0xFF], [0x80],
            [0xF0, 0x9F]];
        for (int round = 0; round < 2000; round++)
        {
            byte[] name = [];
            for (int i = random.Next(8); i >= 0; i--)
                name = [.. name, .. pieces[random.Next(pieces.Length)]];
            Assert.That(KernelText.Encode(KernelText.Decode(name)), Is.EqualTo(name));
        }
    }

    [Test]
    public void The_first_half_of_a_pair_is_no_byte_of_a_name()
        => Assert.That(KernelText.Encode("a\uD83D"), Is.EqualTo("a\uFFFD"u8.ToArray()));
}
