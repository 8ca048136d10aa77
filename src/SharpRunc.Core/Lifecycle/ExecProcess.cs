using System;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The process that exec runs: --process as given, or the container's own process with the changes from the flags.</summary>
internal static class ExecProcess
{
    private const int MaxBytes = ConfigReader.MaxBytes + 1;

    /// <exception cref="ContainerException">Names the property or flag at fault.</exception>
    public static Process From(Config config, ExecOptions options, ValidationContext rules, ReaderNotes? notes = null)
    {
        Process process = options.ProcessFile is { } file
            ? Read(file, options, notes)
            : WithFlags(config.Process ?? new Process { Cwd = "/" }, options);
        ProcessRules.Check(process, "", rules);
        return process with
        {
            Rlimits = process.Rlimits.Length == 0 && config.Process is not null ? config.Process.Rlimits : process.Rlimits,
            Capabilities = process.Capabilities ?? config.Process?.Capabilities,
            OomScoreAdj = process.OomScoreAdj ?? config.Process?.OomScoreAdj,
        };
    }

    /// <summary>Whether the flags change nothing of the process.</summary>
    private static bool AreAlone(ExecOptions options) => options is
    {
        Args: [],
        Cwd: null,
        Env: [],
        User: null,
        AdditionalGids: [],
        ProcessLabel: null,
        Apparmor: null,
        NoNewPrivs: false,
        Caps: [],
    };

    private static Process Read(string file, ExecOptions options, ReaderNotes? notes)
    {
        if (!AreAlone(options))
            throw new ContainerException(ErrorCode.UsageValue, "--process cannot be combined with a command or with "
                + "--cwd, --env, --user, --additional-gids, --process-label, --apparmor, --no-new-privs and --cap");
        byte[] json;
        try
        {
            json = InputFile.Read(file, "--process", MaxBytes, mayBePipe: true);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.UsageValue, e, "cannot read --process");
        }
        return ConfigReader.ReadProcess(json, notes, file);
    }

    private static Process WithFlags(Process process, ExecOptions options)
    {
        if (options.Args.Length == 0)
            throw new ContainerException(ErrorCode.UsageValue, "exec args cannot be empty");
        CheckFlags(options);
        return process with
        {
            Args = options.Args,
            Terminal = options.Tty,
            ConsoleSize = options.Tty ? process.ConsoleSize : null,
            Cwd = options.Cwd ?? process.Cwd,
            Env = [.. process.Env, .. options.Env],
            SelinuxLabel = options.ProcessLabel ?? process.SelinuxLabel,
            ApparmorProfile = options.Apparmor ?? process.ApparmorProfile,
            NoNewPrivileges = process.NoNewPrivileges || options.NoNewPrivs,
            Capabilities = options.Caps.Count == 0
                ? process.Capabilities
                : WithCapabilities(process.Capabilities ?? new(), Array.FindAll([.. options.Caps], IsCapability)),
            User = UserOf(process.User, options),
        };
    }

    /// <summary>Checks what the rules check too, but reports it in terms of the flag that was given.</summary>
    private static void CheckFlags(ExecOptions options)
    {
        foreach (string variable in options.Env)
        {
            int equals = variable.IndexOf('=');
            if (equals > 0)
                continue;
            string wrong = equals < 0 ? "missing '='" : "the name must not be empty";
            throw new ContainerException(ErrorCode.UsageValue, $"--env: {wrong} in \"{variable}\"; expected NAME=value");
        }
        if (options.Cwd is { } cwd && !cwd.StartsWith('/'))
            throw new ContainerException(ErrorCode.UsageValue, $"--cwd: Cwd must be an absolute path; got \"{cwd}\"");
    }

    public static bool IsCapability(string name) => Array.IndexOf(CapabilityNames.All, name) >= 0;

    public static string UnknownCapability(string name)
    {
        string full = name.ToUpperInvariant();
        full = full.StartsWith("CAP_", StringComparison.Ordinal) ? full : "CAP_" + full;
        return $"--cap: unknown capability \"{name}\" is ignored{(IsCapability(full) ? $"; did you mean {full}?" : "")}";
    }

    /// <summary>
    /// CVE-2022-29162: never inheritable, which would pass them on to programs with file capabilities. Ambient only if the container itself
    /// has the capability inheritable.
    /// </summary>
    private static Capabilities WithCapabilities(Capabilities own, string[] added) => own with
    {
        Bounding = [.. own.Bounding, .. added],
        Effective = [.. own.Effective, .. added],
        Permitted = [.. own.Permitted, .. added],
        Ambient = [.. own.Ambient, .. Array.FindAll(added, capability => Array.IndexOf(own.Inheritable, capability) >= 0)],
    };

    /// <summary>CVE-2016-3697, CVE-2026-30892: digits are always a number, and nothing but numbers is accepted.</summary>
    private static User UserOf(User own, ExecOptions options)
    {
        uint uid = own.Uid, gid = own.Gid;
        if (options.User is { } text)
        {
            int colon = text.IndexOf(':');
            uid = Id(colon < 0 ? text : text[..colon], "--user", text);
            if (colon >= 0)
                gid = Id(text[(colon + 1)..], "--user", text);
        }
        uint[] groups = new uint[options.AdditionalGids.Count];
        for (int i = 0; i < groups.Length; i++)
            groups[i] = Id(options.AdditionalGids[i], "--additional-gids", options.AdditionalGids[i]);
        return own with { Uid = uid, Gid = gid, AdditionalGids = [.. own.AdditionalGids, .. groups] };
    }

    /// <summary>Rejects 4294967295, which is −1: setresuid(2) takes it as "unchanged".</summary>
    private static uint Id(string number, string flag, string text)
    {
        if (uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue)
            return id;
        string expected = flag == "--user" ? "uid[:gid]" : "a group";
        throw new ContainerException(ErrorCode.UsageValue, $"{flag}: expected {expected} in numbers from 0 to 4294967294; got \"{text}\"");
    }
}
