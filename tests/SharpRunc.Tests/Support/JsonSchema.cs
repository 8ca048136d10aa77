using System;
using System.Collections.Generic;
using System.IO;
using System.Numerics;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace SharpRunc.Tests.Support;

/// <summary>
/// JSON Schema draft 4, as much of it as the specification's own files (Data/schema) use: a keyword that is not in the table fails the test
/// that meets it, so that nothing is taken as checked that was not.
/// </summary>
internal sealed class JsonSchema
{
    private delegate IEnumerable<string> Check(JsonSchema schema, JsonElement rule, JsonElement value, string pointer);

    private static readonly Dictionary<string, JsonSchema> Files = [];

    private static readonly Dictionary<string, Check> Keywords = new()
    {
        ["$schema"] = Nothing,
        ["description"] = Nothing,
        ["definitions"] = Nothing,
        ["$ref"] = (schema, rule, value, pointer) => schema.Resolve(rule.GetString()!, out JsonElement target)
            .Errors(target, value, pointer),
        ["type"] = (_, rule, value, pointer) => When(!IsType(value, rule.GetString()!),
            $"{pointer}: expected type {rule}; got {value.GetRawText()}"),
        ["enum"] = (_, rule, value, pointer) => When(!Contains(rule, value),
            $"{pointer}: expected one of {rule.GetRawText()}; got {value.GetRawText()}"),
        ["pattern"] = (_, rule, value, pointer)
            => When(value.ValueKind == JsonValueKind.String && !Regex.IsMatch(value.GetString()!, rule.GetString()!),
                $"{pointer}: expected {rule}; got {value.GetRawText()}"),
        ["minimum"] = (_, rule, value, pointer) => When(IsType(value, "integer") && Number(value) < Number(rule),
            $"{pointer}: expected at least {rule}; got {value}"),
        ["maximum"] = (_, rule, value, pointer) => When(IsType(value, "integer") && Number(value) > Number(rule),
            $"{pointer}: expected at most {rule}; got {value}"),
        ["minItems"] = (_, rule, value, pointer)
            => When(value.ValueKind == JsonValueKind.Array && value.GetArrayLength() < rule.GetInt32(),
                $"{pointer}: expected at least {rule} items"),
        ["required"] = Required,
        ["items"] = Items,
        ["properties"] = Properties,
        ["patternProperties"] = Properties,
        ["additionalProperties"] = Properties,
        ["allOf"] = AllOf,
        ["anyOf"] = AnyOf,
    };

    private readonly string file;

    private JsonSchema(string file)
        => (this.file, Root) = (file, JsonDocument.Parse(File.ReadAllBytes(Repository.Data("schema", file))).RootElement);

    public static JsonSchema Config => Load("config-schema.json");

    public static JsonSchema Features => Load("features-schema.json");

    public static JsonSchema State => Load("state-schema.json");

    public JsonElement Root { get; }

    /// <summary><c>/pointer: what</c> for each place that is not as the schema has it.</summary>
    public string[] Errors(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return [.. Errors(Root, document.RootElement, "")];
        }
        catch (JsonException e)
        {
            return [": " + e.Message];
        }
    }

    /// <summary>What <c>defs.json#/definitions/uint32</c> names, and the file that its own references count from.</summary>
    public JsonSchema Resolve(string reference, out JsonElement target)
    {
        string[] parts = reference.Split('#');
        JsonSchema schema = Load(parts[0].Length == 0 ? file : parts[0]);
        target = schema.Root;
        foreach (string part in parts[1].Split('/', StringSplitOptions.RemoveEmptyEntries))
            target = target.GetProperty(part);
        return schema;
    }

    private static JsonSchema Load(string file)
    {
        lock (Files)
            return Files.TryGetValue(file, out JsonSchema? known) ? known : Files[file] = new(file);
    }

    private List<string> Errors(JsonElement schema, JsonElement value, string pointer)
    {
        List<string> errors = [];
        foreach (JsonProperty keyword in schema.EnumerateObject())
            if (keyword.Name is "properties" or "patternProperties" or "additionalProperties")
                // The three decide together which one a property belongs to.
                continue;
            else if (!Keywords.TryGetValue(keyword.Name, out Check? check))
                throw new NotSupportedException($"{file}: the keyword {keyword.Name}");
            else
                errors.AddRange(check(this, keyword.Value, value, pointer));
        errors.AddRange(Properties(this, schema, value, pointer));
        return errors;
    }

    private static IEnumerable<string> Nothing(JsonSchema schema, JsonElement rule, JsonElement value, string pointer) => [];

    private static IEnumerable<string> Required(JsonSchema schema, JsonElement rule, JsonElement value, string pointer)
    {
        if (value.ValueKind == JsonValueKind.Object)
            foreach (JsonElement name in rule.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _))
                    yield return $"{pointer}: {name} is required";
    }

    private static IEnumerable<string> Items(JsonSchema schema, JsonElement rule, JsonElement value, string pointer)
    {
        if (value.ValueKind != JsonValueKind.Array)
            yield break;
        int index = 0;
        foreach (JsonElement item in value.EnumerateArray())
            foreach (string error in schema.Errors(rule, item, $"{pointer}/{index++}"))
                yield return error;
    }

    private static IEnumerable<string> Properties(JsonSchema schema, JsonElement rule, JsonElement value, string pointer)
    {
        if (value.ValueKind != JsonValueKind.Object)
            yield break;
        foreach (JsonProperty property in value.EnumerateObject())
            foreach (JsonElement of in schema.RulesFor(rule, property.Name))
                foreach (string error in schema.Errors(of, property.Value,
                    $"{pointer}/{property.Name.Replace("~", "~0").Replace("/", "~1")}"))
                    yield return error;
    }

    private IEnumerable<JsonElement> RulesFor(JsonElement rule, string name)
    {
        bool known = false;
        if (rule.TryGetProperty("properties", out JsonElement properties) && (known = properties.TryGetProperty(name, out JsonElement own)))
            yield return own;
        if (rule.TryGetProperty("patternProperties", out JsonElement patterns))
            foreach (JsonProperty pattern in patterns.EnumerateObject())
                if (Regex.IsMatch(name, pattern.Name))
                {
                    known = true;
                    yield return pattern.Value;
                }
        if (!known && rule.TryGetProperty("additionalProperties", out JsonElement others))
            yield return others.ValueKind == JsonValueKind.Object ? others
                : throw new NotSupportedException($"{file}: additionalProperties without a schema");
    }

    private static IEnumerable<string> AllOf(JsonSchema schema, JsonElement rule, JsonElement value, string pointer)
    {
        foreach (JsonElement each in rule.EnumerateArray())
            foreach (string error in schema.Errors(each, value, pointer))
                yield return error;
    }

    private static List<string> AnyOf(JsonSchema schema, JsonElement rule, JsonElement value, string pointer)
    {
        List<string> all = [];
        foreach (JsonElement each in rule.EnumerateArray())
        {
            List<string> errors = schema.Errors(each, value, pointer);
            if (errors.Count == 0)
                return [];
            all.AddRange(errors);
        }
        return all;
    }

    private static string[] When(bool broken, string what) => broken ? [what] : [];

    private static bool Contains(JsonElement list, JsonElement value)
    {
        foreach (JsonElement item in list.EnumerateArray())
            if (JsonElement.DeepEquals(item, value))
                return true;
        return false;
    }

    private static bool IsType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "integer" => value.ValueKind == JsonValueKind.Number && BigInteger.TryParse(value.GetRawText(), out _),
        _ => throw new NotSupportedException($"the type {type}"),
    };

    private static BigInteger Number(JsonElement value) => BigInteger.Parse(value.GetRawText());
}
