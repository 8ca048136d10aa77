using System;
using System.Collections.Generic;
using System.IO;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SharpRunc.Tests.Support;

/// <summary>Data/full-config.json: every property that the schema has for Linux, once, with a value that keeps the rules.</summary>
internal static class FullConfig
{
    /// <summary>Of other platforms, by the specification's own words.</summary>
    private static readonly string[] NotLinux = ["/solaris", "/windows", "/vm", "/zos", "/freebsd", "/process/commandLine",
        "/process/user/username"];

    private static readonly string Text = File.ReadAllText(Repository.Data("full-config.json"));

    public static JsonNode Read() => JsonNode.Parse(Text)!;

    /// <summary>It, with another value at the pointer.</summary>
    public static string With(string pointer, JsonNode? value)
    {
        JsonNode config = Read();
        int last = pointer.LastIndexOf('/');
        JsonNode parent = Find(config, pointer[..last])!;
        if (parent is JsonArray array)
            array[int.Parse(pointer[(last + 1)..])] = value;
        else
            parent[Unescaped(pointer[(last + 1)..])] = value;
        return config.ToJsonString();
    }

    /// <summary>null where there is nothing.</summary>
    public static JsonNode? Find(JsonNode config, string pointer)
    {
        JsonNode? at = config;
        foreach (string segment in pointer.Split('/')[1..])
            at = at is JsonArray array ? (int.Parse(segment) < array.Count ? array[int.Parse(segment)] : null) : at?[Unescaped(segment)];
        return at;
    }

    /// <summary>
    /// A pointer for each property of the schema, to its place in the file: the first item of an array, the first key of a map.
    /// </summary>
    public static List<(string Pointer, JsonElement Schema)> Properties()
    {
        List<(string, JsonElement)> found = [];
        Walk(JsonSchema.Config, JsonSchema.Config.Root, "", Read(), found);
        return found;
    }

    private static void Walk(JsonSchema file, JsonElement schema, string pointer, JsonNode? here, List<(string, JsonElement)> found)
    {
        if (Array.IndexOf(NotLinux, pointer) >= 0)
            return;
        if (schema.TryGetProperty("$ref", out JsonElement reference))
        {
            Walk(file.Resolve(reference.GetString()!, out JsonElement target), target, pointer, here, found);
            return;
        }
        if (schema.TryGetProperty("type", out _) && pointer.Length > 0)
            found.Add((pointer, schema));
        foreach (string several in new[] { "allOf", "anyOf" })
            if (schema.TryGetProperty(several, out JsonElement parts))
                foreach (JsonElement part in parts.EnumerateArray())
                    Walk(file, part, pointer, here, found);
        if (schema.TryGetProperty("properties", out JsonElement properties))
            foreach (JsonProperty property in properties.EnumerateObject())
                Walk(file, property.Value, $"{pointer}/{property.Name}", here?[property.Name], found);
        if (schema.TryGetProperty("items", out JsonElement items))
            Walk(file, items, pointer + "/0", here is JsonArray { Count: > 0 } array ? array[0] : null, found);
        JsonElement? values = schema.TryGetProperty("additionalProperties", out JsonElement others) ? others
            : schema.TryGetProperty("patternProperties", out JsonElement patterns) ? patterns.GetProperty(".{1,}") : null;
        if (values is { } of && here is JsonObject map)
            foreach ((string key, JsonNode? value) in map)
                Walk(file, of, $"{pointer}/{key}", value, found);
    }

    private static string Unescaped(string segment) => segment.Replace("~1", "/").Replace("~0", "~");
}
