using System;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

/// <summary>A profile as linux.seccomp, with the places of its parts in the file that it was read from.</summary>
/// <param name="File">The name for messages.</param>
/// <param name="Prefix">JSON pointer to the profile in the file: /linux/seccomp, or "".</param>
internal sealed record ProfileDocument(string File, string Prefix, Spec.Seccomp Seccomp)
{
    private const string SpecPrefix = "/linux/seccomp", Rules = "/syscalls/", Architectures = "/architectures/";

    /// <summary>The place of each rule; null if it is the same as in <see cref="Seccomp"/>.</summary>
    public RulePlace[]? RulePlaces { get; init; }

    /// <summary>The place of each architecture, below the prefix; null: in /architectures.</summary>
    public string[]? ArchitecturePlaces { get; init; }

    /// <summary>The container that the profile is for; null if it came without a config.</summary>
    public ContainerFacts? Container { get; init; }

    /// <summary>Whether no filter is loaded for it.</summary>
    public bool IsEmpty => Seccomp is { DefaultAction: "", Syscalls.Length: 0 };

    /// <summary>A rule's index in the file.</summary>
    public int RuleIndex(int rule) => RulePlaces?[rule].Index ?? rule;

    /// <summary>The place in the file.</summary>
    /// <param name="pointer">
    /// Relative to linux.seccomp of a config.json: <c>/syscalls/3/action</c>; rules are counted as in <see cref="Seccomp"/>.
    /// </param>
    public string Pointer(string pointer)
    {
        if (pointer.StartsWith(SpecPrefix, StringComparison.Ordinal))
            pointer = pointer[SpecPrefix.Length..];
        if (ArchitecturePlaces is not null && Item(pointer, Architectures, out int architecture, out _))
            return Prefix + ArchitecturePlaces[architecture];
        if (RulePlaces is not null && Item(pointer, Rules, out int rule, out string below))
        {
            (int place, bool hasOldName) = (RulePlaces[rule].Index, RulePlaces[rule].HasOldName);
            if (hasOldName && below.StartsWith("/names", StringComparison.Ordinal))
                below = "/name";
            return $"{Prefix}{Rules}{place}{below}";
        }
        return Prefix + pointer;
    }

    /// <summary>The failure with the file's name and the pointer added.</summary>
    public ContainerException Located(ContainerException e)
    {
        string pointer = e.Pointer is null ? Prefix : Pointer(e.Pointer);
        string place = pointer.Length == 0 ? File : $"{File}: {pointer}";
        return new ContainerException(e.Code, $"{place}: {Message(e)}", e) { Pointer = pointer, Hint = e.Hint };
    }

    /// <summary>The compiler counts the rules that remain after resolution; users see the index in the file.</summary>
    public string Message(ContainerException e)
    {
        if (e.Pointer?.StartsWith(SpecPrefix, StringComparison.Ordinal) != true)
            return e.Message;
        if (!Item(e.Pointer[SpecPrefix.Length..], Rules, out int rule, out _))
            return e.Message;
        return e.Message.Replace($"rule {rule} ", $"rule {RuleIndex(rule)} ", StringComparison.Ordinal);
    }

    private static bool Item(string pointer, string array, out int index, out string below)
    {
        (index, below) = (0, "");
        if (!pointer.StartsWith(array, StringComparison.Ordinal))
            return false;
        int end = pointer.IndexOf('/', array.Length);
        if (end < 0)
            end = pointer.Length;
        below = pointer[end..];
        return int.TryParse(pointer.AsSpan(array.Length, end - array.Length), NumberStyles.None, CultureInfo.InvariantCulture, out index);
    }
}

/// <summary>A rule of an engine's profile.</summary>
/// <param name="HasOldName">It has <c>name</c>, which predates <c>names</c>.</param>
internal readonly record struct RulePlace(int Index, bool HasOldName);

/// <summary>What matters of the rest of a config.json.</summary>
internal sealed record ContainerFacts(bool HasProcess, bool NoNewPrivileges, bool HasStartContainerHooks);

/// <summary>Reads a config.json with linux.seccomp, a bare linux.seccomp, or a profile in the format of engines.</summary>
internal static unsafe class ProfileReader
{
    /// <summary>
    /// Real profiles have about 15 KB, and 500 names for three architectures; input far beyond that is refused rather than processed for
    /// minutes.
    /// </summary>
    public const int MaxBytes = 4 << 20, MaxRules = 1 << 16;

    /// <param name="file">The name that errors begin with.</param>
    /// <exception cref="ContainerException">
    /// Invalid JSON, no profile in it, or a contradictory profile; includes the file's name and a pointer.
    /// </exception>
    public static ProfileDocument Read(string file, ReadOnlySpan<byte> utf8Json, Host host, ReaderNotes? notes = null)
    {
        if (utf8Json.Length > MaxBytes)
            throw new ContainerException(ErrorCode.SeccompProfile, $"{file}: a profile has at most {MaxBytes >> 20} MiB");
        JsonCursor json = new(file, utf8Json, notes);
        EngineProfile profile = new();
        Spec.Seccomp? section = null;
        bool isConfig = false, isProfile = false, noNewPrivileges = false, hasProcess = false, hasHooks = false;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("linux"u8)) (isConfig, section) = (true, Linux(ref json));
            else if (json.Is("ociVersion"u8)) (isConfig, _) = (true, json.String());
            else if (json.Is("process"u8)) hasProcess = Process(ref json, out noNewPrivileges);
            else if (json.Is("hooks"u8)) hasHooks = Hooks(ref json);
            else if (EngineProfileReader.Property(ref json, profile)) isProfile = true;
            else json.SkipUnknown(ref at);
        }
        json.End();
        if (!isConfig && !isProfile || isConfig && section is null)
            throw new ContainerException(
                ErrorCode.SeccompProfile, $"{file} has no linux.seccomp{(isConfig ? "" : ", and is not a profile")}");
        ProfileDocument document = isConfig
            ? new(file, "/linux/seccomp", section!) { Container = new(hasProcess, noNewPrivileges, hasHooks) }
            : profile.Resolve(file, host);
        CheckSize(document);
        return document;
    }

    private static void CheckSize(ProfileDocument document)
    {
        long rules = 0;
        foreach (SeccompRule rule in document.Seccomp.Syscalls)
            rules += Math.Max(rule.Names.Length, 1) * Math.Max(rule.Args.Length, 1L) * (document.Seccomp.Architectures.Length + 1);
        if (rules <= MaxRules)
            return;
        string message = $"seccomp: more than {MaxRules} conditions in total, over all calls and architectures";
        throw document.Located(new ContainerException(ErrorCode.SeccompProfile, message) { Pointer = "/linux/seccomp/syscalls" });
    }

    private static Spec.Seccomp? Linux(ref JsonCursor json)
    {
        Spec.Seccomp? seccomp = null;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("seccomp"u8)) seccomp = SeccompReader.Seccomp(ref json);
            else json.SkipUnknown(ref at);
        }
        return seccomp;
    }

    private static bool Process(ref JsonCursor json, out bool noNewPrivileges)
    {
        noNewPrivileges = false;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("noNewPrivileges"u8)) noNewPrivileges = json.Boolean();
            else json.SkipUnknown(ref at);
        }
        return true;
    }

    private static bool Hooks(ref JsonCursor json)
    {
        bool has = false;
        JsonObject at = json.Object();
        while (json.Next(ref at))
        {
            if (json.Is("startContainer"u8)) has = json.Array(&Anything).Length > 0;
            else json.SkipUnknown(ref at);
        }
        return has;
    }

    private static bool Anything(ref JsonCursor json)
    {
        json.Skip();
        return true;
    }
}
