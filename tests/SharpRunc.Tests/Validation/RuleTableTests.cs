using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Validation;

/// <summary>Each invalid value of the tables is an error that names the pointer and the rule.</summary>
internal sealed class RuleTableTests
{
    private static readonly string[] Kinds = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    internal static IEnumerable<(string Pointer, string Value, string Words, string At)> Rows()
    {
        foreach ((string pointer, string value, string words, string? at) in RuleTable.Config.Concat(RuleTable.Linux))
            yield return (pointer, value, words, at ?? pointer);
        foreach (string kind in Kinds)
            foreach ((string property, string value, string words) in RuleTable.Hook)
                yield return ($"/hooks/{kind}/0/{property}", value, words, $"/hooks/{kind}/0/{property}");
        const string Below = "/linux/resources";
        foreach ((string pointer, string value, string words, string? at) in RuleTable.Resources)
            yield return (Below + pointer, value, words, Below + (at ?? pointer));
    }

    private static IEnumerable<TestCaseData> Cases()
        => Rows().Select(row => new TestCaseData(row.Pointer, row.Value, row.Words, row.At).SetArgDisplayNames(row.Pointer, row.Value));

    [TestCaseSource(nameof(Cases))]
    public void An_invalid_value_is_an_error_that_names_the_pointer_and_the_rule(string pointer, string value, string words, string at)
    {
        string json = FullConfig.With(pointer, JsonNode.Parse(value.Replace('\'', '"')));
        ContainerException e = Assert.Throws<ContainerException>(() => Check(json))!;
        Assert.That(e.Pointer, Is.EqualTo(at), e.Message);
        Assert.That(e.Message, Does.Contain(words));
        Assert.That(e.Message, Has.Length.LessThan(800));
    }

    [Test]
    public void No_property_of_the_schema_is_without_a_row_or_a_reason()
    {
        HashSet<string> known = [.. Rows().Select(row => row.Pointer), .. RuleTable.Free.Values.SelectMany(pointers => pointers)];
        // Objects and arrays are what is in them; a wrong type is another test's.
        string[] missing =
            [.. FullConfig.Properties().Where(property => property.Schema.GetProperty("type").GetString() is not ("object" or "array"))
            .Select(property => property.Pointer).Where(pointer => !known.Contains(pointer)).Distinct()];
        Assert.That(missing, Is.Empty);
    }

    private static void Check(string json)
    {
        Config config = ConfigReader.Read(Encoding.UTF8.GetBytes(json));
        ConfigRules.Check(config, new ValidationContext());
        SeccompCompiler.Compile(config.Linux.Seccomp);
    }
}
