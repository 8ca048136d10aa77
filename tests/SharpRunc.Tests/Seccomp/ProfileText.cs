using System.Text.Json.Nodes;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

/// <summary>A profile as config.json has it.</summary>
internal static class ProfileText
{
    public static string Of(Core.Spec.Seccomp profile)
    {
        JsonObject json = new()
        {
            ["defaultAction"] = profile.DefaultAction,
            ["architectures"] = Strings(profile.Architectures),
            ["syscalls"] = new JsonArray()
        };
        if (profile.DefaultErrnoRet is { } errno)
            json["defaultErrnoRet"] = errno;
        foreach (SeccompRule rule in profile.Syscalls)
            ((JsonArray)json["syscalls"]!).Add((JsonNode)Rule(rule));
        return json.ToJsonString();
    }

    private static JsonObject Rule(SeccompRule rule)
    {
        JsonObject json = new() { ["names"] = Strings(rule.Names), ["action"] = rule.Action, ["args"] = new JsonArray() };
        if (rule.ErrnoRet is { } errno)
            json["errnoRet"] = errno;
        foreach (SeccompArg arg in rule.Args)
            ((JsonArray)json["args"]!).Add((JsonNode)new JsonObject
            {
                ["index"] = arg.Index,
                ["value"] = arg.Value,
                ["valueTwo"] = arg.ValueTwo,
                ["op"] = arg.Op
            });
        return json;
    }

    private static JsonArray Strings(string[] values)
    {
        JsonArray array = [];
        foreach (string value in values)
            array.Add((JsonNode)value);
        return array;
    }
}
