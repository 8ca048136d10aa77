using System;
using System.Collections;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using NUnit.Framework;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Tests.Support;

namespace SharpRunc.Tests.Spec;

/// <summary>
/// No property of the specification's schema is passed over: each is read, and a value of another type is refused by its pointer.
/// </summary>
internal sealed class EveryPropertyTests
{
    private static readonly Dictionary<string, string[]> WrongTypes = new()
    {
        ["object"] = ["[]", "\"x\"", "1", "true"],
        ["array"] = ["{}", "\"x\"", "1", "true"],
        ["string"] = ["{}", "[]", "1", "true", "null", "\"\\u0000\"", "\"\\ud800\""],
        ["integer"] = ["{}", "[]", "\"1\"", "true", "null", "1.5", "1e1", "18446744073709551616", "-9223372036854775809"],
        ["boolean"] = ["{}", "[]", "\"true\"", "1", "null"],
    };

    private static IEnumerable<string> Pointers => FullConfig.Properties().Select(property => property.Pointer).Distinct();

    private static Config Read(string json) => ConfigReader.Read(Encoding.UTF8.GetBytes(json));

    [Test]
    public void The_full_config_has_every_property_of_the_schema_and_keeps_the_rules()
    {
        string json = FullConfig.Read().ToJsonString();
        Assert.That(
            Pointers.Where(pointer => FullConfig.Find(FullConfig.Read(), pointer) is null && pointer != "/linux/personality/flags/0"),
            Is.Empty);
        Assert.That(Pointers.Count(), Is.GreaterThan(200));
        Assert.That(JsonSchema.Config.Errors(json), Is.Empty);
        Assert.That(() => ConfigRules.Check(Read(json), new ValidationContext()), Throws.Nothing);
    }

    [TestCaseSource(nameof(Pointers))]
    public void A_value_of_another_type_is_refused_by_its_pointer(string pointer)
    {
        string type = FullConfig.Properties().First(property => property.Pointer == pointer).Schema.GetProperty("type").GetString()!;
        if (FullConfig.Find(FullConfig.Read(), pointer) is null)
            return;
        foreach (string wrong in WrongTypes[type])
        {
            // A property that is null is not set; an item or a value of a map is something.
            if (wrong == "null" && FullConfig.Find(FullConfig.Read(), pointer)!.Parent is JsonObject && !pointer.StartsWith("/annotations/")
                && !pointer.StartsWith("/linux/sysctl/")
                && !pointer.StartsWith("/linux/resources/unified/"))
                continue;
            string json = FullConfig.With(pointer, "@").Replace("\"@\"", wrong);
            ContainerException e = Assert.Throws<ContainerException>(() => Read(json), wrong)!;
            Assert.That(e.Pointer, Is.EqualTo(pointer), wrong);
            Assert.That(e.Message, Does.StartWith($"config.json:1:").And.Contain($": {pointer}: "), wrong);
        }
    }

    [TestCaseSource(nameof(Pointers))]
    public void A_property_that_is_left_out_or_has_another_value_is_seen(string pointer)
    {
        string before = Dump(Read(FullConfig.Read().ToJsonString()));
        JsonNode full = FullConfig.Read();
        if (FullConfig.Find(full, pointer) is not { } value)
            return;
        foreach (JsonNode other in Others(value, FullConfig.Properties().Where(property => property.Pointer == pointer)
            .Select(property => property.Schema)))
            Assert.That(Dump(Read(FullConfig.With(pointer, other))), Is.Not.EqualTo(before), $"{pointer} {other.ToJsonString()}");
        if (value.Parent is not JsonObject parent)
            return;
        parent.Remove(value.GetPropertyName());
        try
        {
            // One that says what is meant when nothing is said, or that one is required, is seen too.
            Assert.That(Dump(Read(full.ToJsonString())) != before || value.ToJsonString() is "false" or "0" or "[]", Is.True,
                pointer + " left out");
        }
        catch (ContainerException e)
        {
            Assert.That(pointer, Does.StartWith(e.Pointer!));
        }
    }

    /// <summary>Values that the property could have as well.</summary>
    private static IEnumerable<JsonNode> Others(JsonNode value, IEnumerable<JsonElement> schemas)
    {
        string[] words = [.. schemas.Where(schema => schema.TryGetProperty("enum", out _))
            .SelectMany(schema => schema.GetProperty("enum").EnumerateArray().Select(word => word.GetString()!))];
        switch (value.GetValueKind())
        {
            case JsonValueKind.True: yield return false; break;
            case JsonValueKind.False: yield return true; break;
            case JsonValueKind.Number: yield return value.GetValue<long>() + 1; break;
            case JsonValueKind.String when words.Length > 0:
                foreach (string word in words)
                    if (word != value.GetValue<string>())
                        yield return word;
                break;
            case JsonValueKind.String when value.GetValue<string>() == "c": yield return "b"; break;
            case JsonValueKind.String: yield return value.GetValue<string>() + "0"; break;
            case JsonValueKind.Array when ((JsonArray)value).Count > 0: yield return new JsonArray(); break;
        }
    }

    /// <summary>All that was read, as text.</summary>
    internal static string Dump(object? value)
    {
        if (value is null)
            return "null";
        Type type = value.GetType();
        if (value is string text)
            return $"\"{text}\"";
        if (type.IsPrimitive || type.IsEnum)
            return value.ToString()!;
        if (value is IEnumerable items)
            return $"[{string.Join(", ", items.Cast<object?>().Select(Dump))}]";
        FieldInfo[] fields = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        return $"{{{string.Join(", ", fields.Select(field => $"{field.Name}: {Dump(field.GetValue(value))}"))}}}";
    }
}
