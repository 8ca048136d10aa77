using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Reflection;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Documents;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Packaging;

/// <summary>The codes of errors, their rows in troubleshooting.md, and `explain`.</summary>
internal sealed class ErrorCodeTests
{
    private static readonly string[] Codes = [.. typeof(ErrorCode).GetProperties(BindingFlags.Public | BindingFlags.Static)
        .Select(static property => ((ErrorCode)property.GetValue(null)!).Text)];

    private static string[] Published => File.ReadAllLines(Path.Combine(Repository.Root, "tests/SharpRunc.Tests/Data/error-codes.txt"));

    [Test]
    public void Each_has_one_row_in_troubleshooting()
        => Assert.That(ErrorPage.All().Select(static page => page.Code), Is.EquivalentTo(Codes));

    /// <summary>Scripts compare them. One that is no longer thrown stays; a new one is added at the end.</summary>
    [Test]
    public void None_that_was_published_is_renamed_or_taken_away() => Assert.That(Codes, Is.EquivalentTo(Published));

    [Test]
    public void They_are_an_area_and_words()
    {
        Assert.That(Codes, Is.All.Match("^[a-z]+\\.[a-z0-9]+(-[a-z0-9]+)*$"));
        Assert.That(Codes, Is.Unique);
    }

    [Test]
    public void Each_is_thrown_somewhere()
    {
        string folder = Path.Combine(Repository.Root, "src");
        string sources = string.Join('\n', Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories)
            .Where(static file => Path.GetFileName(file) != "ErrorCode.cs").Select(File.ReadAllText));
        string definition = File.ReadAllText(Path.Combine(Repository.Root, "src/SharpRunc.Core/ErrorCode.cs"));
        List<string> unused = [.. typeof(ErrorCode).GetProperties(BindingFlags.Public | BindingFlags.Static)
            .Select(static property => property.Name)
            .Where(name => !sources.Contains("ErrorCode." + name, System.StringComparison.Ordinal)
                && !definition.Contains("=> " + name + ",", System.StringComparison.Ordinal)
                && !definition.Contains("?? " + name + ",", System.StringComparison.Ordinal))];
        Assert.That(unused, Is.Empty);
    }

    [Test]
    public void Explain_prints_the_row()
    {
        using Runtime runtime = Runtime.Create();
        string output = runtime.Run("explain", "mount.source-missing").Expect(0).Output;
        Assert.That(output, Does.StartWith("mount.source-missing\n  Cause       the source of a bind mount does not exist on the host\n"));
        Assert.That(Readme.Block("console", "explain mount.source-missing"), Does.EndWith(output), "the example of README.md");
    }

    [Test]
    public void Check_has_it_for_each_error()
    {
        using Runtime runtime = Runtime.Create();
        Bundle bundle = runtime.NewBundle("nosuchprogram").Mounting("/data", "bind", "/nonexistent/data", "bind");
        bundle.Process["cwd"] = "tmp";
        JsonNode problems = JsonNode.Parse(runtime.Run("check", "--json", bundle.Write().Path).Expect(1).Output)!["problems"]!;
        string?[] codes = [.. problems.AsArray().Where(static one => (string)one!["severity"]! == "error")
            .Select(static one => (string?)one!["code"])];
        Assert.That(codes, Is.EquivalentTo(new[] { "config.value", "mount.source-missing", "program.missing" }));
    }

    [Test]
    public void Explain_lists_them_all()
    {
        using Runtime runtime = Runtime.Create();
        Assert.That(runtime.Run("explain").Expect(0).Output.TrimEnd('\n').Split('\n').Select(static line => line.Split(' ')[0]),
            Is.EquivalentTo(Codes));
    }

    [Test]
    public void Explain_knows_no_other()
    {
        using Runtime runtime = Runtime.Create();
        Result result = runtime.Run("explain", "mount.sourcemissing").Expect(1);
        Assert.That(result.Errors, Does.Contain("there is no error code").And.Contain("mount.source-missing"));
    }
}
