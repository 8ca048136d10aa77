using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

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
        => new(ErrorCode.SeccompProfile, $"{file}: {pointer}: {what}") { Pointer = pointer };
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

/// <summary>Reads an <see cref="EngineProfile"/>; a bare linux.seccomp is one without restrictions.</summary>
internal static unsafe class EngineProfileReader
{
    /// <summary>Reads the property at the cursor; if it does not belong to a profile, returns false and reads nothing.</summary>
    public static bool Property(ref JsonCursor json, EngineProfile profile)
    {
        if (json.Is("defaultAction"u8)) profile.DefaultAction = json.String();
        else if (json.Is("defaultErrnoRet"u8)) profile.DefaultErrnoRet ??= json.UInt32();
        else if (json.Is("defaultErrno"u8)) profile.DefaultErrnoRet = Errno(ref json) ?? profile.DefaultErrnoRet;
        else if (json.Is("architectures"u8)) profile.Architectures = json.Strings();
        else if (json.Is("archMap"u8)) profile.ArchMap = json.Array(&Architecture);
        else if (json.Is("flags"u8)) profile.Flags = json.Strings();
        else if (json.Is("listenerPath"u8)) profile.ListenerPath = json.OptionalString();
        else if (json.Is("listenerMetadata"u8)) profile.ListenerMetadata = json.OptionalString();
        else if (json.Is("syscalls"u8)) profile.Rules = json.Array(&Rule);
        else return false;
        return true;
    }

    private static EngineArchitecture Architecture(ref JsonCursor json)
    {
        string? name = null;
        string[] others = [];
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("architecture"u8)) name = json.String();
            else if (json.Is("subArchitectures"u8)) others = json.Strings();
            else json.SkipUnknown(ref at);
        }
        return new(name ?? throw json.Missing(at, "architecture"), others);
    }

    private static EngineRule Rule(ref JsonCursor json)
    {
        EngineFilter includes = new(), excludes = new();
        SeccompArg[] args = [];
        string[]? names = null;
        string? name = null, action = null;
        uint? named = null, errnoRet = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("names"u8)) names = json.Strings();
            else if (json.Is("name"u8)) name = json.OptionalString();
            else if (json.Is("action"u8)) action = json.String();
            else if (json.Is("errnoRet"u8)) errnoRet = json.UInt32();
            else if (json.Is("errno"u8)) named = Errno(ref json);
            else if (json.Is("args"u8)) args = json.Array(&SeccompReader.Argument);
            else if (json.Is("includes"u8)) includes = Filter(ref json);
            else if (json.Is("excludes"u8)) excludes = Filter(ref json);
            else json.SkipUnknown(ref at);
        }
        if (name is not null && names is { Length: > 0 })
            throw json.NotAllowed(at, "name and names are mutually exclusive");
        return new()
        {
            Rule = new()
            {
                Names = name is not null ? [name] : names ?? throw json.Missing(at, "names"),
                Action = action ?? throw json.Missing(at, "action"),
                ErrnoRet = named ?? errnoRet, // Podman's profiles have both: the name is for people, and wins
                Args = args,
            },
            HasOldName = name is not null,
            Includes = includes,
            Excludes = excludes,
        };
    }

    private static EngineFilter Filter(ref JsonCursor json)
    {
        EngineFilter filter = new();
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("caps"u8)) filter.Caps = json.Strings();
            else if (json.Is("arches"u8)) filter.Arches = json.Strings();
            else if (json.Is("minKernel"u8)) filter.MinKernel = json.OptionalString();
            else json.SkipUnknown(ref at);
        }
        return filter;
    }

    /// <summary>A name, or a number in a string; "" means none.</summary>
    private static uint? Errno(ref JsonCursor json)
    {
        if (json.OptionalString() is not { } text)
            return null;
        return ErrnoName.Number(text) ?? (uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number
            : throw json.Expected("an errno name"));
    }
}
