using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Explaining;

using static SharpRunc.Linux.LibC.Libc;

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
        KernelVersion.Parse(kernel) ?? throw new ContainerException(
            ErrorCode.UsageValue, $"\"{kernel}\" is not a kernel version: expected one like 6.1"));

    private static Predicate<string> Has(string word) => text => text.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Capability(string text)
    {
        string name = text.ToUpperInvariant();
        if (!name.StartsWith("CAP_", StringComparison.Ordinal))
            name = "CAP_" + name;
        return Array.IndexOf(CapabilityNames.All, name) >= 0 ? name : throw new ContainerException(
            ErrorCode.UsageValue, $"unknown capability \"{text}\"");
    }
}

/// <summary>The first two numbers of a kernel release, which is all that profiles use.</summary>
internal readonly record struct KernelVersion(int Major, int Minor) : IComparable<KernelVersion>
{
    /// <summary>Null if it does not begin with two numbers separated by a dot.</summary>
    /// <param name="text"><c>4.8</c>, or uname(2)'s <c>6.1.0-13-amd64</c>.</param>
    public static KernelVersion? Parse(string text)
    {
        string[] parts = text.Split('.');
        if (parts.Length < 2)
            return null;
        int? major = Leading(parts[0], parts[0].Length), minor = Leading(parts[1], Digits(parts[1]));
        return major is null || minor is null ? null : new(major.Value, minor.Value);
    }

    public int CompareTo(KernelVersion other) => (Major, Minor).CompareTo((other.Major, other.Minor));

    private static int? Leading(string text, int length)
        => int.TryParse(text.AsSpan(0, length), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : null;

    private static int Digits(string text)
    {
        int digits = 0;
        while (digits < text.Length && char.IsAsciiDigit(text[digits]))
            digits++;
        return digits;
    }
}

/// <summary>What a kernel's seccomp(2) supports.</summary>
/// <param name="HasAction">Takes SECCOMP_RET_…, without data.</param>
/// <param name="HasFlags">Takes SECCOMP_FILTER_FLAG_… values, combined.</param>
internal sealed record KernelSupport(Func<uint, bool> HasAction, Func<uint, bool> HasFlags)
{
    public static KernelSupport OfThisKernel => new(Sys.HasSeccompAction, Sys.HasSeccompFlags);

    public void Check(Findings findings)
    {
        Spec.Seccomp seccomp = findings.Document.Seccomp;
        HashSet<uint> seen = [];
        CheckAction(findings, Decision.FromDefault(seccomp), "/defaultAction", seen);
        for (int i = 0; i < seccomp.Syscalls.Length; i++)
            CheckAction(findings, Decision.FromRule(seccomp.Syscalls[i], i), $"/syscalls/{i}/action", seen);
        uint flags = SeccompFlags.From(seccomp);
        foreach ((uint flag, string name) in SeccompFlags.Names)
        {
            // The kernel accepts this flag only together with a listener.
            uint asked = flag == SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV ? flag | SECCOMP_FILTER_FLAG_NEW_LISTENER : flag;
            if ((flags & flag) == 0 || HasFlags(asked))
                continue;
            int at = seccomp.Flags is null ? -1 : Array.IndexOf(seccomp.Flags, name);
            findings.Add(Severity.Error, at < 0 ? "/flags" : $"/flags/{at}", $"this kernel does not support {name}");
        }
    }

    private void CheckAction(Findings findings, uint decision, string pointer, HashSet<uint> seen)
    {
        uint action = decision & SECCOMP_RET_ACTION_FULL;
        if (seen.Add(action) && !HasAction(action))
            findings.Add(Severity.Error, pointer,
                $"this kernel does not support {Wording.ActionName(action)}: it kills the process instead");
    }
}
