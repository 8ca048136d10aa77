using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>
/// What .editorconfig's max_line_length asks for, which the compiler does not check, and how long a file of tests may be.
/// </summary>
internal sealed partial class LineLengthTests
{
    private const int Columns = 140, Lines = 400;

    [Test]
    public void No_line_is_longer_than_the_editorconfig_says([Values("src", "tests", "conformance")] string folder)
        => Assert.That(Written(folder).SelectMany(LongLines), Is.Empty);

    [Test]
    public void No_file_of_tests_has_more_than_400_lines()
        => Assert.That(Written("tests").Where(file => File.ReadLines(Absolute(file)).Count() > Lines), Is.Empty);

    [Test]
    public void The_editorconfig_says_as_many_columns()
        => Assert.That(File.ReadAllLines(Path.Combine(Repository.Root, ".editorconfig")), Has.Member($"max_line_length = {Columns}"));

    [Test]
    public void Only_quotations_may_be_longer()
    {
        string words = new('w', Columns + 1), raw = "\"\"\"";
        Assert.That(TooLong([$"Call({words});", $"// {words}", $"Call(1, \"{words}\");"]), Is.EqualTo(new[] { 1, 2, 3 }));
        string[] quotations = [$"    \"{words}\",", $"    [TestCase(\"{words}\")]", $"    => $\"{words}\";", $"    + $$\"{words}\")"];
        Assert.That(TooLong(quotations), Is.Empty);
        Assert.That(TooLong([$"x = {raw}", words, $"    {raw};", words]), Is.EqualTo(new[] { 4 }));
    }

    /// <summary>Relative to the repository; what a generator writes is as long as it is.</summary>
    private static IEnumerable<string> Written(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Absolute(folder), "*.cs", SearchOption.AllDirectories))
            if (!file.Contains("/obj/", StringComparison.Ordinal) && !file.EndsWith(".Generated.cs", StringComparison.Ordinal))
                yield return Path.GetRelativePath(Repository.Root, file);
    }

    private static string Absolute(string file) => Path.Combine(Repository.Root, file);

    private static IEnumerable<string> LongLines(string file)
        => TooLong(File.ReadLines(Absolute(file))).Select(number => $"{file}:{number}");

    /// <summary>Numbers of the lines that are too long, and not because of the text that they quote: that is not broken.</summary>
    private static IEnumerable<int> TooLong(IEnumerable<string> lines)
    {
        int number = 0;
        bool isQuoted = false;
        foreach (string line in lines)
        {
            number++;
            if (line.Length > Columns && !isQuoted && !Quotation().IsMatch(line))
                yield return number;
            isQuoted ^= Fences().Count(line) % 2 != 0;
        }
    }

    /// <summary>A line that begins with a string, apart from what must stand before it.</summary>
    [GeneratedRegex("""^ *(\[TestCase\(|yield return |=> |\+ |: |\? |_ => )?[$@]*".{100}""")]
    private static partial Regex Quotation();

    [GeneratedRegex("\"\"\"+")]
    private static partial Regex Fences();
}
