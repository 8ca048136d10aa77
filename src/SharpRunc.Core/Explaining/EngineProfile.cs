using System;
using System.Collections.Generic;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Explaining;

/// <summary>
/// A profile in the format of Docker, Podman and containerd (moby's profiles/seccomp, containers/common's pkg/seccomp): architectures by
/// machine, and rules that apply only to some containers. The engine resolves it, and config.json contains the result.
/// </summary>
internal sealed class EngineProfile
{
    public string DefaultAction = "";
    public uint? DefaultErrnoRet;
    public string[] Architectures = [];
    public string[]? Flags;
    public string? ListenerPath, ListenerMetadata;
    public EngineArchitecture[] ArchMap = [];
    public EngineRule[] Rules = [];

    /// <exception cref="ContainerException">Two properties exclude each other, or a version is invalid; includes the pointer.</exception>
    public ProfileDocument Resolve(string file, Host host)
    {
        if (ArchMap.Length > 0 && Architectures.Length > 0)
            throw Wrong(file, "/archMap", "architectures and archMap are mutually exclusive");
        List<string> architectures = [.. Architectures], places = [];
        for (int i = 0; i < architectures.Count; i++)
            places.Add($"/architectures/{i}");
        int at = Array.FindIndex(ArchMap, entry => Architecture.Find(entry.Architecture) == host.Native);
        if (at >= 0)
            for (int i = -1; i < ArchMap[at].SubArchitectures.Length; i++)
            {
                architectures.Add(i < 0 ? ArchMap[at].Architecture : ArchMap[at].SubArchitectures[i]);
                places.Add(i < 0 ? $"/archMap/{at}/architecture" : $"/archMap/{at}/subArchitectures/{i}");
            }
        List<SeccompRule> rules = [];
        List<RulePlace> rulePlaces = [];
        for (int i = 0; i < Rules.Length; i++)
            if (Applies(file, Rules[i], i, host))
            {
                rules.Add(Rules[i].Rule);
                rulePlaces.Add(new(i, Rules[i].HasOldName));
            }
        Spec.Seccomp seccomp = new()
        {
            DefaultAction = DefaultAction,
            DefaultErrnoRet = DefaultErrnoRet,
            Architectures = [.. architectures],
            Flags = Flags,
            ListenerPath = ListenerPath,
            ListenerMetadata = ListenerMetadata,
            Syscalls = [.. rules],
        };
        return new(file, "", seccomp) { ArchitecturePlaces = [.. places], RulePlaces = [.. rulePlaces] };
    }

    /// <summary>Whether everything in its includes holds, and nothing in its excludes.</summary>
    private static bool Applies(string file, EngineRule rule, int index, Host host)
    {
        EngineFilter includes = rule.Includes, excludes = rule.Excludes;
        bool isRecent = IsAtLeast(includes.MinKernel, "includes"), isTooRecent = IsAtLeast(excludes.MinKernel, "excludes");
        return (includes.Arches.Length == 0 || Array.Exists(includes.Arches, IsNative))
            && Array.TrueForAll(includes.Caps, Has)
            && (includes.MinKernel is null || isRecent)
            && !Array.Exists(excludes.Arches, IsNative)
            && !Array.Exists(excludes.Caps, Has)
            && (excludes.MinKernel is null || !isTooRecent);

        bool IsNative(string name) => ArchitectureName.Find(name) == host.Native;

        bool Has(string capability) => Array.IndexOf(host.Capabilities, capability) >= 0;

        bool IsAtLeast(string? version, string property) => version is not null && host.Kernel.CompareTo(KernelVersion.Parse(version)
            ?? throw Wrong(file, $"/syscalls/{index}/{property}/minKernel", $"expected a kernel version like 4.8; got \"{version}\"")) >= 0;
    }

    private static ContainerException Wrong(string file, string pointer, string what)
        => new($"{file}: {pointer}: {what}") { Pointer = pointer };
}

internal sealed record EngineArchitecture(string Architecture, string[] SubArchitectures);

internal sealed class EngineRule
{
    public required SeccompRule Rule { get; init; }
    public required bool HasOldName { get; init; }
    public required EngineFilter Includes { get; init; }
    public required EngineFilter Excludes { get; init; }
}

internal sealed class EngineFilter
{
    public string[] Caps = [], Arches = [];
    public string? MinKernel;
}
