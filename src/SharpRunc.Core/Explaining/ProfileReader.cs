using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;

namespace SharpRunc.Core.Explaining;

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
            throw new ContainerException($"{file}: a profile has at most {MaxBytes >> 20} MiB");
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
            throw new ContainerException($"{file} has no linux.seccomp{(isConfig ? "" : ", and is not a profile")}");
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
        throw document.Located(new ContainerException(message) { Pointer = "/linux/seccomp/syscalls" });
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
