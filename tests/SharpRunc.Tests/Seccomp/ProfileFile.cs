using System;
using System.IO;
using System.Linq;
using System.Text.Json;
using SharpRunc.Core.Spec;

namespace SharpRunc.Tests.Seccomp;

/// <summary>The linux.seccomp sections that engines really wrote, and the example of config-linux.md#seccomp.</summary>
internal static class ProfileFile
{
    public static readonly string[] All =
    [
        "bundles/docker-default.json", "bundles/docker-hardened.json", "bundles/buildkit-run.json", "bundles/podman-default.json",
        "bundles/podman-pod-infra.json", "bundles/ctr-seccomp.json", "seccomp/moby-2026-default.json",
            "schema/config/good/spec-example.json",
    ];

    public static Core.Spec.Seccomp Read(string file)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Data", file)));
        JsonElement root = document.RootElement;
        JsonElement seccomp = root.TryGetProperty("linux", out JsonElement linux) ? linux.GetProperty("seccomp") : root;
        return new Core.Spec.Seccomp
        {
            DefaultAction = seccomp.GetProperty("defaultAction").GetString()!,
            DefaultErrnoRet = Number(seccomp, "defaultErrnoRet"),
            Architectures = Strings(seccomp, "architectures") ?? [],
            Flags = Strings(seccomp, "flags"),
            Syscalls = seccomp.GetProperty("syscalls").EnumerateArray().Select(Rule).ToArray(),
        };
    }

    private static SeccompRule Rule(JsonElement rule) => new()
    {
        Names = Strings(rule, "names")!,
        Action = rule.GetProperty("action").GetString()!,
        ErrnoRet = Number(rule, "errnoRet"),
        Args = rule.TryGetProperty("args", out JsonElement args)
            && args.ValueKind == JsonValueKind.Array ? args.EnumerateArray().Select(Arg).ToArray() : [],
    };

    private static SeccompArg Arg(JsonElement arg) => new(arg.GetProperty("index").GetUInt32(), arg.GetProperty("value").GetUInt64(),
        arg.TryGetProperty("valueTwo", out JsonElement two) ? two.GetUInt64() : 0, arg.GetProperty("op").GetString()!);

    private static uint? Number(JsonElement parent, string name)
        => parent.TryGetProperty(name, out JsonElement value) ? value.GetUInt32() : null;

    private static string[]? Strings(JsonElement parent, string name)
        => parent.TryGetProperty(name, out JsonElement value)
        && value.ValueKind == JsonValueKind.Array ? value.EnumerateArray().Select(v => v.GetString()!).ToArray() : null;
}
