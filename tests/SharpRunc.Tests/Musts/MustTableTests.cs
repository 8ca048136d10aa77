using System;
using System.Collections.Generic;
using System.IO;
using System.Reflection;
using System.Text;
using NUnit.Framework;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Musts;

/// <summary>
/// Writes tests/MUSTS.md: what the specification demands, and the tests that prove it. To write it anew:
/// <c>SHARPRUNC_REGENERATE=1 dotnet test --filter MustTable</c>.
/// </summary>
internal sealed class MustTableTests
{
    private const string Specification = "https://github.com/opencontainers/runtime-spec/blob/v1.3.0/";

    [Test]
    public void The_checked_in_table_is_what_the_tests_say()
    {
        string path = Path.Combine(Repository.Root, "tests/MUSTS.md");
        string generated = Generate(Must.All(), Proofs());
        if (Environment.GetEnvironmentVariable("SHARPRUNC_REGENERATE") == "1")
            File.WriteAllText(path, generated);
        Assert.That(File.Exists(path) ? File.ReadAllText(path) : "", Is.EqualTo(generated), "SHARPRUNC_REGENERATE=1 writes it");
    }

    [Test]
    public void A_test_proves_what_is_in_the_catalogue()
    {
        HashSet<string> known = [.. Must.All().ConvertAll(must => must.Id)];
        known.Remove(Must.Nobody);
        Assert.That(Proofs().Keys, Is.SubsetOf(known));
    }

    [Test]
    public void Nothing_is_without_a_test_or_says_why()
    {
        Dictionary<string, SortedSet<string>> proofs = Proofs();
        List<Must> without = Must.All().FindAll(must => must.Id != Must.Nobody && must.Note.Length == 0 && !proofs.ContainsKey(must.Id));
        Assert.That(without.ConvertAll(must => must.Id), Is.Empty);
    }

    [Test]
    public void An_id_means_one_sentence()
        => Assert.That(Must.All().FindAll(must => must.Id != Must.Nobody).ConvertAll(must => must.Id), Is.Unique);

    [Test]
    public void Every_line_of_the_specification_with_a_MUST_is_in_the_catalogue_and_no_other()
    {
        List<string> wanted = [], found = [];
        foreach ((string section, int[] lines) in Must.LinesOfTheSpecification())
            foreach (int line in lines)
                wanted.Add($"{section[..section.IndexOf('#', StringComparison.Ordinal)]}:{line}");
        foreach (Must must in Must.All())
            foreach (int line in must.Lines)
                if (!found.Contains($"{must.Document}:{line}"))
                    found.Add($"{must.Document}:{line}");
        Assert.That(found, Is.EquivalentTo(wanted));
    }

    [Test]
    public void A_section_of_the_catalogue_is_one_of_the_specification()
    {
        HashSet<string> sections = [.. Must.All().ConvertAll(must => must.Section)];
        Assert.That(sections, Is.EquivalentTo(Must.LinesOfTheSpecification().Keys));
    }

    /// <summary>By id: the tests that name it, as links, in their order.</summary>
    private static Dictionary<string, SortedSet<string>> Proofs()
    {
        Dictionary<string, SortedSet<string>> proofs = [];
        foreach (Type type in typeof(MustTableTests).Assembly.GetTypes())
            foreach (MethodInfo method in type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
                foreach (MustAttribute must in method.GetCustomAttributes<MustAttribute>())
                {
                    if (!proofs.TryGetValue(must.Id, out SortedSet<string>? tests))
                        proofs.Add(must.Id, tests = new SortedSet<string>(StringComparer.Ordinal));
                    string file = Path.GetRelativePath(Path.Combine(Repository.Root, "tests"), must.File);
                    tests.Add($"[{type.Name}]({file}): {method.Name.Replace('_', ' ')}");
                }
        return proofs;
    }

    private static string Generate(List<Must> musts, Dictionary<string, SortedSet<string>> proofs)
    {
        StringBuilder text = new();
        text.Append("# What the specification demands, and the tests that prove it\n\n");
        text.Append($"Every MUST, MUST NOT and REQUIRED of [runtime-spec "
            + $"1.3.0]({Specification}spec.md) that concerns Linux, in our words. ");
        text.Append("Made of Data/musts/catalogue.tsv and of `[Must]` on tests by MustTableTests: do not edit.\n");
        string document = "", section = "";
        foreach (Must must in musts)
            if (must.Id != Must.Nobody)
            {
                if (must.Document != document)
                    text.Append($"\n## {document = must.Document}\n");
                if (must.Section != section)
                    text.Append($"\n### [{must.Anchor}]({Specification}{section = must.Section})\n\n| line | level | our words | proof "
                        + $"|\n|---|---|---|---|\n");
                string proof = proofs.TryGetValue(must.Id, out SortedSet<string>? tests) ? string.Join("<br>", tests) : "";
                string between = proof.Length > 0 && must.Note.Length > 0 ? "<br>" : "";
                text.Append($"| {string.Join(", ", must.Lines)} | {must.Level} | {must.Words} | {must.Note}{between}{proof} |\n");
            }
        text.Append("\n## Left out\n\n| document | lines | |\n|---|---|---|\n");
        foreach (Must must in musts)
            if (must.Id == Must.Nobody)
                text.Append($"| [{must.Document}]({Specification}{must.Section}) | {string.Join(", ", must.Lines)} | {must.Words} |\n");
        return text.ToString();
    }
}
