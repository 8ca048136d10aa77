using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Explaining;

namespace SharpRunc.Tests.Explaining;

internal sealed class ArgumentTests
{
    [TestCase("10", 10ul)]
    [TestCase("0", 0ul)]
    [TestCase("0x1F", 31ul)]
    [TestCase("017", 15ul)]
    [TestCase("-1", ulong.MaxValue)]
    [TestCase("-0x10", 0xFFFFFFFFFFFFFFF0)]
    [TestCase("18446744073709551615", ulong.MaxValue)]
    [TestCase("01777777777777777777777", ulong.MaxValue)]
    [TestCase("18446744073709551616", null)]
    [TestCase("-9223372036854775809", null)]
    [TestCase("02000000000000000000000", null)]
    [TestCase("08", null)]
    [TestCase("0x", null)]
    [TestCase("", null)]
    [TestCase("-", null)]
    [TestCase("--1", null)]
    [TestCase(" 1", null)]
    [TestCase("1e3", null)]
    public void Arguments_are_numbers_of_64_bits(string text, ulong? expected) => Assert.That(Argument.Parse(text), Is.EqualTo(expected));

    [Test]
    public void Six_arguments_are_enough()
    {
        Assert.That(Argument.ParseAll(["1", "_", "3"]), Is.EqualTo(new ulong?[] { 1, null, 3, null, null, null }));
        Assert.That(() => Argument.ParseAll(["1", "2", "3", "4", "5", "6", "7"]), Throws.TypeOf<ContainerException>());
        Assert.That(() => Argument.ParseAll(["x"]), Throws.TypeOf<ContainerException>().With.Message.Contains("\"x\""));
    }
}
