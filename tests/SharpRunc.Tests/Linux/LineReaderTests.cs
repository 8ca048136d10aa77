using System.Collections.Generic;
using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Linux;

using static SharpRunc.Linux.LibC.Libc;

internal sealed class LineReaderTests
{
    [TestCase("", "")]
    [TestCase("one\n", "one")]
    [TestCase("one\ntwo", "one|two")]
    [TestCase("\n\nthree four\n5", "||three four|5")]
    [TestCase("0123456789abcde\nf", "0123456789abcde|f")]
    public void Every_line_is_read_once_the_last_without_an_end_too(string text, string lines)
        => Assert.That(string.Join('|', Read(text, 16, 1000)), Is.EqualTo(lines));

    [TestCase("0123456789abcdef\n", 1000)]
    [TestCase("one\ntwo\n", 7)]
    public void A_line_or_a_file_that_is_too_long_is_an_error(string text, long limit)
        => Assert.That(Assert.Throws<SysException>(() => Read(text, 16, limit))!.Errno, Is.EqualTo(EFBIG));

    /// <summary>No heap would hold it.</summary>
    [Test]
    public void Nor_is_a_file_read_as_a_whole_that_never_ends()
    {
        using Fd zero = Sys.OpenAt(Fd.Cwd, "/dev/zero", O_RDONLY);
        Assert.That(Assert.Throws<SysException>(() => Sys.ReadAll(zero))!.Errno, Is.EqualTo(EFBIG));
    }

    private static List<string> Read(string text, int buffer, long limit)
    {
        using TemporaryDirectory directory = new();
        File.WriteAllText(directory["file"], text);
        using Fd file = Sys.OpenAt(Fd.Cwd, directory["file"], O_RDONLY);
        LineReader reader = new(file, new byte[buffer], "file", limit);
        List<string> lines = [];
        while (reader.Next())
            lines.Add(Encoding.UTF8.GetString(reader.Line));
        return lines;
    }
}
