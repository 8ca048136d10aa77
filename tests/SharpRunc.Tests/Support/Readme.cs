using System;
using System.IO;
using NUnit.Framework;

namespace SharpRunc.Tests.Support;

/// <summary>The code blocks of README.md, so that what it tells people to do is what was tried.</summary>
internal static class Readme
{
    private const string Installed = "/usr/local/bin/sharprunc";

    /// <summary>The one block of that language with these words.</summary>
    public static string Block(string language, string words)
    {
        string found = "";
        string[] parts = File.ReadAllText(Path.Combine(Repository.Root, "README.md")).Split("\n```");
        // Text and blocks take turns, and a block begins with its language.
        for (int i = 1; i < parts.Length; i += 2)
            if (parts[i].StartsWith(language + "\n", StringComparison.Ordinal) && parts[i].Contains(words, StringComparison.Ordinal))
            {
                Assert.That(found, Is.Empty, $"README.md: two {language} blocks with {words}");
                found = parts[i][(language.Length + 1)..] + "\n";
            }
        Assert.That(found, Is.Not.Empty, $"README.md: no {language} block with {words}");
        return found;
    }

    /// <summary>The same, for the runtime under test in place of an installed one.</summary>
    public static string BlockForTest(string language, string words)
    {
        string block = Block(language, words);
        Assert.That(block, Does.Contain('"' + Installed + '"'));
        return block.Replace(Installed, Runtime.Binary, StringComparison.Ordinal);
    }
}
