using System;
using System.Collections.Generic;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SharpRunc.Tests.Support;

/// <summary>
/// Configs for one bundle that are almost right, and whose containers stay in the bundle whatever a mutation has made of them.
/// </summary>
internal sealed class BundleMutants
{
    /// <summary>No place of the host: what a mutant mounts, makes or runs is in its bundle.</summary>
    private static readonly string[] Values =
    [
        "null", "true", "false", "{}", "[]", "0", "1", "-1", "7", "63", "511", "1000", "65535", "4294967295", "1073741824",
            "9223372036854775807", "18446744073709551615", "\"\"", "\"x\"", "\"/x\"", "\"/x/../y\"", "\"é\"",
        "\"true\"", "\"tmpfs\"", "\"proc\"", "\"mqueue\"", "\"ro\"", "\"rw\"", "\"noexec\"", "\"nosuid\"", "\"rprivate\"", "\"size=1m\"",
            "\"mode=0\"", "\"bogus\"", "\"pid\"", "\"ipc\"", "\"uts\"", "\"cgroup\"", "\"time\"",
        "\"CAP_KILL\"", "\"CAP_BOGUS\"", "\"RLIMIT_CORE\"", "\"RLIMIT_FSIZE\"", "\"SCMP_ACT_ERRNO\"", "\"SCMP_ACT_ALLOW\"",
            "\"SCMP_ACT_LOG\"", "\"SCMP_ARCH_X86\"", "\"net.ipv4.ip_forward\"", "\"0\"", "\"0-1\"",
    ];

    /// <summary>Most of what a config can have, for a bundle's own.</summary>
    public const string More = """
        { "process": {
            "user": { "uid": 0, "gid": 0, "umask": 18, "additionalGids": [7] },
            "rlimits": [{ "type": "RLIMIT_CORE", "soft": 0, "hard": 0 }, { "type": "RLIMIT_NOFILE", "soft": 512, "hard": 1024 }],
            "oomScoreAdj": 100, "scheduler": { "policy": "SCHED_BATCH", "nice": 1 }, "ioPriority": { "class": "IOPRIO_CLASS_BE", "priority": 4 },
            "execCPUAffinity": { "initial": "0" } },
          "annotations": { "a": "b" },
          "linux": {
            "namespaces": [{ "type": "pid" }, { "type": "network" }, { "type": "ipc" }, { "type": "uts" }, { "type": "mount" }, { "type": "cgroup" }, { "type": "time" }],
            "timeOffsets": { "monotonic": { "secs": 100, "nanosecs": 5 } },
            "devices": [{ "type": "p", "path": "/dev/pipe", "fileMode": 384 }, { "type": "c", "path": "/dev/other", "major": 1, "minor": 5, "uid": 1 }],
            "sysctl": { "net.ipv4.ip_forward": "1", "kernel.shmmax": "65536" },
            "resources": { "pids": { "limit": 50 }, "memory": { "limit": 67108864 }, "cpu": { "shares": 512 },
              "devices": [{ "allow": false, "access": "rwm" }, { "allow": true, "type": "c", "major": 1, "minor": 3, "access": "rw" }] },
            "seccomp": { "defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86_64"], "syscalls": [{ "names": ["mkdir", "chmod"], "action": "SCMP_ACT_ERRNO", "errnoRet": 38 }] },
            "rootfsPropagation": "slave", "personality": { "domain": "LINUX" } } }
        """;

    private readonly Bundle bundle;
    private readonly Mutator mutator = new(Values, scratches: false);

    /// <param name="more">JSON that is merged into the bundle's config, one after the other.</param>
    public BundleMutants(Bundle bundle, params string[] more)
    {
        this.bundle = bundle;
        Full = (JsonObject)bundle.Config.DeepClone();
        foreach (string part in more)
            Merge(Full, (JsonObject)JsonNode.Parse(part)!);
        Add(bundle.Config);
        Add(Full);
    }

    /// <summary>The bundle's config with all that was merged into it.</summary>
    public JsonObject Full { get; }

    /// <summary>One more to make mutants of.</summary>
    public void Add(JsonObject config) => mutator.Add(Encoding.UTF8.GetBytes(config.ToJsonString()));

    /// <summary>null: not even JSON.</summary>
    public string? Next(Dice dice) => AtHome(mutator.Mutant(dice));

    /// <summary>With the bundle's own root, cgroup and program, where they are there; null for what is not even JSON.</summary>
    private string? AtHome(byte[] json)
    {
        try
        {
            JsonObject config = (JsonObject)JsonNode.Parse(json)!;
            config["root"] = bundle.Config["root"]!.DeepClone();
            config.Remove("hooks");
            if (config["linux"] is JsonObject linux)
                linux["cgroupsPath"] = bundle.Linux["cgroupsPath"]!.DeepClone();
            if (config["process"] is JsonObject process)
            {
                process["args"] = new JsonArray("true");
                process.Remove("terminal");
            }
            return config.ToJsonString();
        }
        catch (Exception e) when (e is JsonException or InvalidCastException or ArgumentException)
        {
            return null;
        }
    }

    private static void Merge(JsonObject into, JsonObject from)
    {
        foreach (KeyValuePair<string, JsonNode?> member in from)
            if (member.Value is JsonObject inner && into[member.Key] is JsonObject there)
                Merge(there, inner);
            else
                into[member.Key] = member.Value?.DeepClone();
    }
}
