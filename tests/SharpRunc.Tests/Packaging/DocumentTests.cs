using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.RegularExpressions;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>What the documents say of the sources is in the sources.</summary>
internal sealed class DocumentTests
{
    private const string Documents = "src/SharpRunc/packaging/doc";

    private static string Read(string file) => File.ReadAllText(Path.Combine(Repository.Root, file));

    private static IEnumerable<string> Sources(string directory)
        => Directory.EnumerateFiles(Path.Combine(Repository.Root, directory), "*.cs", SearchOption.AllDirectories).Where(IsOurs)
        .Select(File.ReadAllText);

    private static bool IsOurs(string path)
        => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal);

    /// <summary>What stands between single backquotes.</summary>
    private static IEnumerable<string> Code(string text) => Regex.Matches(text, "`([^`\n]+)`").Select(match => match.Groups[1].Value);

    [TestCase("SharpRunc")]
    [TestCase("SharpRunc.Core")]
    [TestCase("SharpRunc.Linux")]
    public void Every_folder_is_in_the_architecture(string project)
    {
        string root = Path.Combine(Repository.Root, "src", project);
        HashSet<string> named = [.. Code(Read("src/ARCHITECTURE.md"))];
        Assert.That(Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories).Where(file => IsOurs(file[root.Length..]))
            .Select(file => Path.GetRelativePath(root, Path.GetDirectoryName(file)!)).Where(folder => folder != ".").Distinct(),
            Is.SubsetOf(named));
    }

    [Test]
    public void The_architecture_fits_on_two_screens()
        => Assert.That(Read("src/ARCHITECTURE.md").Split('\n'), Has.Length.LessThanOrEqualTo(151));

    [Test]
    public void Every_part_that_must_not_know_another_is_in_the_architecture()
    {
        string text = Read("src/ARCHITECTURE.md");
        foreach (Match rule in Regex.Matches(Read("tests/SharpRunc.Tests/Design/ArrowTests.cs"),
            "TestCase\\(\"([A-Z][a-z]+)\", (\"[A-Z].*)\\)\\]"))
        {
            string line = text.Split('\n').First(line => Regex.IsMatch(line, $@"^\| ([^|]*, )?{rule.Groups[1].Value}[ ,]"));
            foreach (Match unknown in Regex.Matches(rule.Groups[2].Value, "[A-Z][a-z]+"))
                Assert.That(line, Does.Contain(unknown.Value), rule.Value);
        }
    }

    /// <summary>Whoever reads the sources has these, and no other.</summary>
    [TestCase("src")]
    [TestCase("tests")]
    public void A_document_that_a_comment_names_is_the_specifications_or_in_the_repository(string directory)
    {
        HashSet<string> known = ["bundle.md", "config.md", "config-linux.md", "config-freebsd.md", "features.md", "features-linux.md",
            "runtime.md", "runtime-linux.md"];
        foreach (string file in Directory.EnumerateFiles(Repository.Root, "*.md", SearchOption.AllDirectories).Where(IsOurs))
            known.Add(Path.GetFileName(file));
        List<string> named =
            [.. Sources(directory).SelectMany(static text => Regex.Matches(text, "^ *//.*$|; // .*$", RegexOptions.Multiline))
            .SelectMany(static comment => Regex.Matches(comment.Value, @"[\w-]+\.md\b|\bS\d\d\b|§ ?\d")).Select(static match => match.Value)
            .Distinct()];
        Assert.That(named, Has.Member("config.md"));
        Assert.That(named, Is.SubsetOf(known));
    }

    [Test]
    public void Every_test_that_a_difference_from_runc_names_is_there()
    {
        HashSet<string> tests = [.. Sources("tests/SharpRunc.Tests")
            .SelectMany(text => Regex.Matches(text, "\\bvoid (\\w+)\\(|TestName = \"(\\w+)\""))
            .Select(match => match.Groups[1].Value + match.Groups[2].Value)];
        HashSet<string> named = [.. Code(Read($"{Documents}/differences.md"))
            .Where(code => Regex.IsMatch(code, "^[A-Z][A-Za-z0-9]*_[A-Za-z0-9_]*[a-z][A-Za-z0-9_]*$"))];
        Assert.That(named, Has.Count.GreaterThan(20));
        Assert.That(named, Is.SubsetOf(tests));
    }

    private static readonly string[] Others = ["README.md", "src/ARCHITECTURE.md", ".github/CONTRIBUTING.md", ".github/SECURITY.md",
        ".github/CHANGELOG.md"];

    private static IEnumerable<string> Pages()
        => Directory.EnumerateFiles(Path.Combine(Repository.Root, "src/docs"), "*.md", SearchOption.AllDirectories)
        .Select(file => Path.GetRelativePath(Repository.Root, file));

    [TestCaseSource(nameof(Pages))]
    public void Every_test_that_a_page_names_is_there(string page)
    {
        HashSet<string> tests = [.. Sources("tests/SharpRunc.Tests")
            .SelectMany(text => Regex.Matches(text, "\\b(?:void |class |TestName = \")(\\w+)")).Select(match => match.Groups[1].Value)];
        Assert.That(Code(Read(page)).Distinct()
            .Where(code => Regex.IsMatch(code, "^[A-Z][A-Za-z0-9]*(_[A-Za-z0-9_]*[a-z][A-Za-z0-9_]*|Tests)$")), Is.SubsetOf(tests));
    }

    [Test]
    public void Every_link_in_a_document_leads_somewhere()
    {
        List<string> lost = [];
        foreach (string document in Pages().Concat(Others))
            foreach (Match link in Regex.Matches(Read(document), @"\]\(([^)#\s]+)"))
                if (link.Groups[1].Value is var target && !target.Contains("://", StringComparison.Ordinal)
                    && !Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, target)))
                    lost.Add($"{document}: {target}");
        Assert.That(lost, Is.Empty);
    }

    [Test]
    public void Every_decision_is_in_the_index()
        => Assert.That(Pages().Where(page => page.StartsWith("src/docs/decisions/", StringComparison.Ordinal))
            .Select(page => Path.GetFileName(page)).Where(page => page != "README.md"),
            Is.EquivalentTo(Regex.Matches(Read("src/docs/decisions/README.md"), @"\]\(([\w-]+\.md)\)")
                .Select(link => link.Groups[1].Value)));

    [Test]
    public void Every_message_that_troubleshooting_explains_is_one_of_ours()
    {
        // Formatted strings as their constant parts, and the escapes of C# as what they stand for.
        string sources = string.Join('\n', Sources("src")).Replace("{RuntimeContext.Name}", "sharprunc", StringComparison.Ordinal)
            .Replace("{ConfigFile}", "config.json", StringComparison.Ordinal).Replace("{Major}.{Minor}", "5.14", StringComparison.Ordinal)
            .Replace("\\\"", "\"", StringComparison.Ordinal);
        List<string> missing = [];
        bool inMessages = false;
        foreach (string line in Read($"{Documents}/troubleshooting.md").Split('\n'))
        {
            if (!line.StartsWith('|'))
                inMessages = false;
            else if (line.StartsWith("| Code | Message", StringComparison.Ordinal))
                inMessages = true;
            else if (inMessages)
                missing.AddRange(Code(line.Split('|')[2])
                    .Where(message => !FromTheKernel.Contains(message) && !sources.Contains(message, StringComparison.Ordinal)));
        }
        Assert.That(missing, Is.Empty);
    }

    /// <summary>strerror(3)'s, and the punctuation between two parts.</summary>
    private static readonly string[] FromTheKernel = ["no such file or directory", "permission denied", "]"];
}
