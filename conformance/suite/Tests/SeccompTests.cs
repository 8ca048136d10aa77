using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

internal static class SeccompTests
{
    /// <summary>Everything is allowed but personality(2) with an argument.</summary>
    internal static JsonObject Profile(string op) => new()
    {
        ["defaultAction"] = "SCMP_ACT_ALLOW",
        ["syscalls"] = new JsonArray(new JsonObject
        {
            ["names"] = new JsonArray("personality"),
            ["action"] = "SCMP_ACT_ERRNO",
            ["args"] = new JsonArray(new JsonObject { ["index"] = 0, ["value"] = 8, ["op"] = op }),
        }),
    };
}
