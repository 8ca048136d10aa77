using System.Collections.Generic;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>What the features structure may have.</summary>
internal static class FeatureProperties
{
    /// <summary>Properties and the version that defines them.</summary>
    public static readonly (string Name, string Since)[] All =
    [
        ("ociVersionMin", "1.1.0"), ("ociVersionMax", "1.1.0"), ("hooks", "1.1.0"), ("mountOptions", "1.1.0"), ("annotations", "1.1.0"),
            ("linux", "1.1.0"),
        ("potentiallyUnsafeConfigAnnotations", "1.2.0"), ("linux.namespaces", "1.1.0"), ("linux.capabilities", "1.1.0"),
            ("linux.cgroup", "1.1.0"),
        ("linux.seccomp", "1.1.0"), ("linux.apparmor", "1.1.0"), ("linux.selinux", "1.1.0"), ("linux.intelRdt", "1.1.0"),
            ("linux.mountExtensions", "1.2.0"),
        ("linux.memoryPolicy", "1.3.0"), ("linux.netDevices", "1.3.0"),
    ];

    public static List<string> Names(JsonObject features)
    {
        List<string> names = [];
        foreach ((string name, JsonNode? value) in features)
        {
            names.Add(name);
            if (name == "linux" && value is JsonObject linux)
                foreach ((string below, JsonNode? _) in linux)
                    names.Add("linux." + below);
        }
        return names;
    }
}
