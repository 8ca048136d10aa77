using NUnit.Framework;
using SharpRunc.Parsing;

namespace SharpRunc.Tests.CommandLine;

internal sealed class ByteSizeTests
{
    [TestCase("0", 0)]
    [TestCase("-1", -1)]
    [TestCase("67108864", 67108864)]
    [TestCase("64m", 67108864)]
    [TestCase("64M", 67108864)]
    [TestCase("64mb", 67108864)]
    [TestCase("64MiB", 67108864)]
    [TestCase("64 MB", 67108864)]
    [TestCase("1.5g", 1610612736)]
    [TestCase("4k", 4096)]
    [TestCase("100b", 100)]
    [TestCase("1t", 1L << 40)]
    [TestCase("8191p", 8191L << 50)]
    public void A_size_is_bytes_or_has_a_suffix(string text, long bytes) => Assert.That(ByteSize.Parse(text), Is.EqualTo(bytes));

    [TestCase("")]
    [TestCase("-2")]
    [TestCase("m")]
    [TestCase("1x")]
    [TestCase("1mm")]
    [TestCase("1.2.3")]
    [TestCase(".5m")]
    [TestCase("1e3")]
    [TestCase("8192p")]
    [TestCase("99999999999999999999999999999999999999")]
    public void Anything_else_is_none(string text) => Assert.That(ByteSize.Parse(text), Is.Null);
}
