using System;
using System.Buffers;
using System.Text.Json;

namespace SharpRunc.Core.Spec;

/// <summary>
/// features.md: what this release recognises and applies, fixed at build time and not probed. An empty list means "none", a missing
/// property would mean "unknown".
/// </summary>
internal static class FeaturesJson
{
    private static readonly string[] Hooks = ["prestart", "createRuntime", "createContainer", "startContainer", "poststart", "poststop"];

    private static readonly string[] Namespaces = ["cgroup", "ipc", "mount", "network", "pid", "time", "user", "uts"];

    private static readonly string[] SeccompActions =
    [
        "SCMP_ACT_ALLOW", "SCMP_ACT_ERRNO", "SCMP_ACT_KILL", "SCMP_ACT_KILL_PROCESS", "SCMP_ACT_KILL_THREAD", "SCMP_ACT_LOG",
        "SCMP_ACT_NOTIFY", "SCMP_ACT_TRACE", "SCMP_ACT_TRAP",
    ];

    private static readonly string[] SeccompOperators =
        ["SCMP_CMP_EQ", "SCMP_CMP_GE", "SCMP_CMP_GT", "SCMP_CMP_LE", "SCMP_CMP_LT", "SCMP_CMP_MASKED_EQ", "SCMP_CMP_NE"];

    private static readonly string[] SeccompArchitectures =
    [
        "SCMP_ARCH_AARCH64", "SCMP_ARCH_ARM", "SCMP_ARCH_LOONGARCH64", "SCMP_ARCH_M68K", "SCMP_ARCH_MIPS", "SCMP_ARCH_MIPS64",
        "SCMP_ARCH_MIPS64N32", "SCMP_ARCH_MIPSEL", "SCMP_ARCH_MIPSEL64", "SCMP_ARCH_MIPSEL64N32", "SCMP_ARCH_PARISC",
        "SCMP_ARCH_PARISC64", "SCMP_ARCH_PPC", "SCMP_ARCH_PPC64", "SCMP_ARCH_PPC64LE", "SCMP_ARCH_RISCV64", "SCMP_ARCH_S390",
        "SCMP_ARCH_S390X", "SCMP_ARCH_SH", "SCMP_ARCH_SHEB", "SCMP_ARCH_X32", "SCMP_ARCH_X86", "SCMP_ARCH_X86_64",
    ];

    private static readonly string[] SeccompFlags =
    [
        "SECCOMP_FILTER_FLAG_LOG", "SECCOMP_FILTER_FLAG_SPEC_ALLOW", "SECCOMP_FILTER_FLAG_TSYNC",
        "SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV",
    ];

    /// <summary>Returns JSON indented by four spaces, with a newline at its end.</summary>
    /// <param name="version">This program's version.</param>
    /// <param name="commit">The commit it was built from; "" when unknown.</param>
    public static byte[] Write(string version, string commit)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Indented = true, IndentSize = 4, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("ociVersionMin"u8, SpecVersion.Oldest);
            json.WriteString("ociVersionMax"u8, SpecVersion.Current);
            Strings(json, "hooks"u8, Hooks);
            Strings(json, "mountOptions"u8, MountOptions.Applied());
            Linux(json);
            Annotations(json, version, commit);
            // org.criu.config names a file that criu reads as root.
            Strings(json, "potentiallyUnsafeConfigAnnotations"u8, ["org.criu.config", "org.systemd.property."]);
            json.WriteEndObject();
        }
        return [.. buffer.WrittenSpan, (byte)'\n'];
    }

    private static void Linux(Utf8JsonWriter json)
    {
        json.WriteStartObject("linux"u8);
        Strings(json, "namespaces"u8, Namespaces);
        Strings(json, "capabilities"u8, CapabilityNames.All);
        Switches(json, "cgroup"u8, [("v1", true), ("v2", true), ("systemd", true), ("systemdUser", true), ("rdma", true)]);
        Seccomp(json);
        Switches(json, "apparmor"u8, [("enabled", true)]);
        Switches(json, "selinux"u8, [("enabled", true)]);
        Switches(json, "intelRdt"u8, [("enabled", true), ("schemata", true), ("monitoring", true)]);
        json.WriteStartObject("memoryPolicy"u8);
        Strings(json, "modes"u8, KernelNames.MemoryPolicies);
        Strings(json, "flags"u8, KernelNames.MemoryPolicyFlags);
        json.WriteEndObject();
        json.WriteStartObject("mountExtensions"u8);
        Switches(json, "idmap"u8, [("enabled", true)]);
        json.WriteEndObject();
        Switches(json, "netDevices"u8, [("enabled", true)]);
        json.WriteEndObject();
    }

    private static void Seccomp(Utf8JsonWriter json)
    {
        json.WriteStartObject("seccomp"u8);
        json.WriteBoolean("enabled"u8, true);
        Strings(json, "actions"u8, SeccompActions);
        Strings(json, "operators"u8, SeccompOperators);
        Strings(json, "archs"u8, SeccompArchitectures);
        Strings(json, "knownFlags"u8, SeccompFlags);
        Strings(json, "supportedFlags"u8, SeccompFlags);
        json.WriteEndObject();
    }

    private static void Annotations(Utf8JsonWriter json, string version, string commit)
    {
        json.WriteStartObject("annotations"u8);
        json.WriteString("org.sharprunc.version"u8, version);
        if (commit.Length > 0)
            json.WriteString("org.sharprunc.commit"u8, commit);
        // Engines look for this name, whatever the runtime is.
        json.WriteString("org.opencontainers.runc.checkpoint.enabled"u8, "true"u8);
        json.WriteEndObject();
    }

    private static void Strings(Utf8JsonWriter json, ReadOnlySpan<byte> name, string[] values)
    {
        json.WriteStartArray(name);
        foreach (string value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Switches(Utf8JsonWriter json, ReadOnlySpan<byte> name, ReadOnlySpan<(string, bool)> values)
    {
        json.WriteStartObject(name);
        foreach ((string key, bool value) in values)
            json.WriteBoolean(key, value);
        json.WriteEndObject();
    }
}
