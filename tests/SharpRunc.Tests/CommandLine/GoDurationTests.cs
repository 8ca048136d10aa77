using NUnit.Framework;
using SharpRunc.Parsing;

namespace SharpRunc.Tests.CommandLine;

internal sealed class GoDurationTests
{
    [TestCase("0", 0)]
    [TestCase("5s", 5_000_000_000)]
    [TestCase("+5s", 5_000_000_000)]
    [TestCase("-5s", -5_000_000_000)]
    [TestCase("1m30s", 90_000_000_000)]
    [TestCase("1.5h", 5_400_000_000_000)]
    [TestCase(".5s", 500_000_000)]
    [TestCase("500ms", 500_000_000)]
    [TestCase("10us", 10_000)]
    [TestCase("10µs", 10_000)]
    [TestCase("7ns", 7)]
    [TestCase("1h2m3s4ms5us6ns", 3_723_004_005_006)]
    public void A_duration_is_numbers_with_units(string text, long nanoseconds)
        => Assert.That(GoDuration.Parse(text), Is.EqualTo(nanoseconds));

    [TestCase("")]
    [TestCase("5")]
    [TestCase("s")]
    [TestCase("5x")]
    [TestCase("5 s")]
    [TestCase("1..5s")]
    [TestCase(".s")]
    [TestCase("-")]
    [TestCase("s5")]
    [TestCase("10000000h")]
    [TestCase("99999999999999999999999999999999s")]
    public void Anything_else_is_none(string text) => Assert.That(GoDuration.Parse(text), Is.Null);
}
