using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Design;

/// <summary>What .editorconfig's max_line_length asks for; the compiler does not check it.</summary>
internal sealed class LineLengthTests
{
    private const int Columns = 140;

    [Test]
    public void No_line_of_the_sources_is_longer_than_the_editorconfig_says()
        => Assert.That(Written().SelectMany(LongLines), Is.Empty);

    [Test]
    public void The_editorconfig_says_as_many_columns()
        => Assert.That(File.ReadAllLines(Path.Combine(Repository.Root, ".editorconfig")), Has.Member($"max_line_length = {Columns}"));

    /// <summary>Relative to src; what a generator writes is as long as it is.</summary>
    private static IEnumerable<string> Written()
    {
        string sources = Path.Combine(Repository.Root, "src");
        foreach (string file in Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories))
            if (!file.Contains("/obj/", StringComparison.Ordinal) && !file.EndsWith(".Generated.cs", StringComparison.Ordinal))
                yield return Path.GetRelativePath(sources, file);
    }

    private static IEnumerable<string> LongLines(string file)
    {
        int number = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "src", file)))
        {
            number++;
            if (line.Length > Columns)
                yield return $"{file}:{number}: {line.Length} columns";
        }
    }
}
