using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Tests.Support;
using JsonObject = System.Text.Json.Nodes.JsonObject;

namespace SharpRunc.Tests.Spec;

/// <summary>
/// Names of properties in another case, and null: as Go's encoding/json reads them, so that no limit or mask is lost without a word.
/// </summary>
internal sealed class SpellingTests
{
    /// <summary>Their keys are data.</summary>
    private static readonly string[] Maps = ["/annotations/", "/linux/sysctl/", "/linux/netDevices/eth0", "/linux/resources/rdma/mlx5_1",
        "/linux/resources/unified/"];

    private static IEnumerable<string> Keys => FullConfig.Properties().Select(property => property.Pointer).Distinct()
        .Where(pointer => !IsData(pointer) && !char.IsAsciiDigit(pointer[^1]) && FullConfig.Find(FullConfig.Read(), pointer) is not null);

    private static bool IsData(string pointer) => Maps.Any(map => map.EndsWith('/') ? pointer.StartsWith(map) : pointer == map);

    private static string Dump(Config config) => EveryPropertyTests.Dump(config);

    private static Config Read(JsonNode json, ReaderNotes? notes = null)
        => ConfigReader.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), notes);

    private static string Other(string name) => name.Any(char.IsLower) ? name.ToUpperInvariant() : name.ToLowerInvariant();

    /// <summary>The full config with one key renamed in its place.</summary>
    private static JsonNode Renamed(string pointer, string name)
    {
        JsonNode full = FullConfig.Read();
        JsonObject parent = (JsonObject)FullConfig.Find(full, pointer[..pointer.LastIndexOf('/')])!;
        int index = parent.IndexOf(pointer[(pointer.LastIndexOf('/') + 1)..]);
        JsonNode value = parent[index]!.DeepClone();
        parent.RemoveAt(index);
        parent.Insert(index, name, value);
        return full;
    }

    [TestCaseSource(nameof(Keys))]
    public void A_property_in_another_case_is_read_with_a_warning(string pointer)
    {
        string name = pointer[(pointer.LastIndexOf('/') + 1)..];
        ReaderNotes notes = new() { WantsUnknown = true };
        Assert.That(Dump(Read(Renamed(pointer, Other(name)), notes)), Is.EqualTo(Dump(Read(FullConfig.Read()))));
        Assert.That(notes.Warnings, Has.Count.EqualTo(1).And.Some.Contains($"{pointer[..pointer.LastIndexOf('/')]}/{Other(name)}: ")
            .And.Some.Contains($"\"{name}\""));
        Assert.That(notes.Unknown, Is.Empty);
    }

    [TestCaseSource(nameof(Keys))]
    public void Both_spellings_in_one_object_are_one_key_twice(string pointer)
    {
        string name = pointer[(pointer.LastIndexOf('/') + 1)..];
        foreach (bool first in new[] { false, true })
        {
            JsonNode full = FullConfig.Read();
            JsonObject parent = (JsonObject)FullConfig.Find(full, pointer[..pointer.LastIndexOf('/')])!;
            parent.Insert(first ? 0 : parent.Count, Other(name), parent[name]!.DeepClone());
            ContainerException e = Assert.Throws<ContainerException>(() => Read(full))!;
            Assert.That(e.Message, Does.Contain($"the key \"{name}\" appears twice"));
        }
    }

    [TestCase("ma\u017F\u212AedPath\u017F"), TestCase("MASKEDPATHS"), TestCase("mas\u212Aedpaths"), TestCase("\\u006daskedpaths")]
    public void Letters_fold_as_Unicode_folds_them(string name)
    {
        ReaderNotes notes = new();
        Config config = ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","linux":{"{{name}}":["/proc/kcore"]} }"""),
            notes);
        Assert.That(config.Linux.MaskedPaths, Is.EqualTo(new[] { "/proc/kcore" }));
        Assert.That(notes.Warnings, Has.Count.EqualTo(1));
    }

    [TestCase("masked\u0130paths"), TestCase("maskedPath"), TestCase("maskedPathss"), TestCase("masked_paths"),
        TestCase("ma\u00DFkedPaths"), TestCase("")]
    public void Another_name_is_unknown_and_passed_over_with_a_line_for_who_asks(string name)
    {
        ReaderNotes silent = new(), curious = new() { WantsUnknown = true };
        string json = $$"""{"ociVersion":"1.0.0","linux":{"{{name}}":["/proc/kcore"]} }""";
        foreach (ReaderNotes notes in new[] { silent, curious })
            Assert.That(ConfigReader.Read(Encoding.UTF8.GetBytes(json), notes).Linux.MaskedPaths, Is.Empty);
        Assert.That(silent.Warnings.Concat(silent.Unknown).Concat(curious.Warnings), Is.Empty);
        Assert.That(curious.Unknown, Has.Count.EqualTo(1).And.Some.Contains("/linux/" + name + ": "));
    }

    [Test]
    public void Keys_that_are_data_keep_their_case()
    {
        Config config = ConfigReader.Read("""
            {"ociVersion":"1.0.0","annotations":{"a":"1","A":"2"},
             "linux":{"sysctl":{"net.x":"1","NET.x":"2"},"resources":{"unified":{"memory.max":"1","MEMORY.MAX":"2"},"rdma":{"m":{"hcaHandles":1},"M":{"hcaHandles":2}}}}}
            """u8);
        Assert.That((config.Annotations.Length, config.Linux.Sysctl.Length, config.Linux.Resources!.Unified.Length,
            config.Linux.Resources.Rdma.Length), Is.EqualTo((2, 2, 2, 2)));
    }

    [Test]
    public void A_key_in_another_case_is_found_among_any_number_of_others()
    {
        foreach (int others in new[] { 0, 30, 31, 32, 33, 100 })
        {
            string rest = string.Concat(Enumerable.Range(0, others).Select(i => $"\"x{i}\":1,"));
            Assert.That(ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ {{rest}}"OCIVERSION":"1.0.0"}""")).OciVersion, Is.EqualTo("1.0.0"));
            foreach (string twice in new[] { "\"ociVersion\":\"1.0.0\",\"OCIVERSION\":\"1.0.0\"",
                "\"OCIVERSION\":\"1.0.0\",\"ociVersion\":\"1.0.0\"", "\"OCIVERSION\":\"1.0.0\",\"OciVersion\":\"1.0.0\"" })
                Assert.That(() => ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{ {{rest}}{{twice}} }""")),
                    Throws.TypeOf<ContainerException>().With.Message.Contains("appears twice"));
        }
    }

    [Test]
    public void A_hostile_number_of_warnings_is_cut_short()
    {
        ReaderNotes notes = new() { WantsUnknown = true };
        string mounts = string.Join(',', Enumerable.Repeat("""{"Destination":"/x","no":1}""", 100_000));
        Assert.That(ConfigReader.Read(Encoding.UTF8.GetBytes($$"""{"ociVersion":"1.0.0","mounts":[{{mounts}}]}"""), notes).Mounts,
            Has.Length.EqualTo(100_000));
        Assert.That((notes.Warnings.Count, notes.Unknown.Count), Is.EqualTo((16, 16)));
    }

    private static IEnumerable<string> Nullable => FullConfig.Properties().Select(property => property.Pointer).Distinct()
        .Where(pointer => !Maps.Any(map => pointer.StartsWith(map) && map.EndsWith('/')) && !char.IsAsciiDigit(pointer[^1])
            && FullConfig.Find(FullConfig.Read(), pointer) is not null);

    [TestCaseSource(nameof(Nullable))]
    public void Null_is_not_set(string pointer)
    {
        if (IsData(pointer))
            return;
        JsonNode full = FullConfig.Read();
        ((JsonObject)FullConfig.Find(full, pointer[..pointer.LastIndexOf('/')])!).Remove(pointer[(pointer.LastIndexOf('/') + 1)..]);
        string name = pointer[(pointer.LastIndexOf('/') + 1)..];
        Assert.That(Outcome(JsonNode.Parse(FullConfig.With(pointer, null))!), Is.EqualTo(Outcome(full)));
        JsonNode shouted = Renamed(pointer, Other(name));
        ((JsonObject)FullConfig.Find(shouted, pointer[..pointer.LastIndexOf('/')])!)[Other(name)] = null;
        Assert.That(Outcome(shouted), Is.EqualTo(Outcome(full)));
    }

    /// <summary>What was read, or what is missing.</summary>
    private static string Outcome(JsonNode json)
    {
        try
        {
            return Dump(Read(json));
        }
        catch (ContainerException e)
        {
            return e.Message[(e.Message.IndexOf(": ") + 2)..];
        }
    }
}
