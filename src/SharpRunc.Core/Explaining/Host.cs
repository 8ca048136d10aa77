using System;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>What an engine's profile depends on besides itself.</summary>
/// <param name="Native">The machine that it is for.</param>
/// <param name="Capabilities">The container's bounding set.</param>
internal sealed record Host(Architecture Native, string[] Capabilities, KernelVersion Kernel)
{
    /// <summary>The default capabilities of a Docker container (moby, oci/caps/defaults.go).</summary>
    private static readonly string[] DockersCapabilities =
    [
        "CAP_CHOWN", "CAP_DAC_OVERRIDE", "CAP_FSETID", "CAP_FOWNER", "CAP_MKNOD", "CAP_NET_RAW", "CAP_SETGID", "CAP_SETUID",
        "CAP_SETFCAP", "CAP_SETPCAP", "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT", "CAP_KILL", "CAP_AUDIT_WRITE",
    ];

    /// <param name="architecture">null: this machine's.</param>
    /// <param name="capabilities">Empty: Docker's. NONE and ALL name sets; CAP_ may be omitted.</param>
    /// <param name="kernel">A version or a release.</param>
    /// <exception cref="ContainerException">One of them is invalid.</exception>
    public static Host From(string? architecture, string[] capabilities, string kernel) => new(
        architecture is null ? Architecture.Native : ArchitectureName.Require(architecture),
        capabilities switch
        {
            [] => DockersCapabilities,
            _ when Array.Exists(capabilities, Has("ALL")) => CapabilityNames.All,
            _ when Array.Exists(capabilities, Has("NONE")) => [],
            _ => Array.ConvertAll(capabilities, Capability),
        },
        KernelVersion.Parse(kernel) ?? throw new ContainerException($"\"{kernel}\" is not a kernel version: expected one like 6.1"));

    private static Predicate<string> Has(string word) => text => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Capability(string text)
    {
        string name = text.ToUpperInvariant();
        if (!name.StartsWith("CAP_", StringComparison.Ordinal))
            name = "CAP_" + name;
        return Array.IndexOf(CapabilityNames.All, name) >= 0 ? name : throw new ContainerException($"unknown capability \"{text}\"");
    }
}
