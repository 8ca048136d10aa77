using System;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>The process that exec runs: --process as it is, or the container's own with what the flags change.</summary>
internal static class ExecProcess
{
    private const int MaxBytes = (16 << 20) + 1;

    /// <exception cref="ContainerException">Names the property or flag at fault.</exception>
    public static Process Of(Config config, ExecOptions options, ValidationContext rules, ReaderNotes? notes = null)
    {
        Process process = options.ProcessFile is { } file ? Read(file, options, notes) : Changed(config.Process ?? new Process { Cwd = "/" }, options);
        ProcessRules.Check(process, "", rules);
        if (process.Rlimits.Length == 0 && config.Process is not null)
            process.Rlimits = config.Process.Rlimits;
        process.Capabilities ??= config.Process?.Capabilities;
        process.OomScoreAdj ??= config.Process?.OomScoreAdj;
        return process;
    }

    private static Process Read(string file, ExecOptions options, ReaderNotes? notes)
    {
        if (options is not { Args: [], Cwd: null, Env: [], User: null, AdditionalGids: [], ProcessLabel: null, Apparmor: null, NoNewPrivs: false, Caps: [] })
            throw new ContainerException("--process says all of the process: it excludes a command and --cwd, --env, --user, --additional-gids, --process-label, --apparmor, --no-new-privs and --cap");
        byte[] json;
        try
        {
            json = InputFile.Read(file, "--process", MaxBytes, mayBePipe: true);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "cannot read --process");
        }
        return ConfigReader.ReadProcess(json, notes, file);
    }

    private static Process Changed(Process process, ExecOptions options)
    {
        if (options.Args.Length == 0)
            throw new ContainerException("exec args cannot be empty");
        CheckFlags(options);
        process.Args = options.Args;
        process.Terminal = options.Tty;
        process.ConsoleSize = options.Tty ? process.ConsoleSize : null;
        process.Cwd = options.Cwd ?? process.Cwd;
        process.Env = [.. process.Env, .. options.Env];
        process.SelinuxLabel = options.ProcessLabel ?? process.SelinuxLabel;
        process.ApparmorProfile = options.Apparmor ?? process.ApparmorProfile;
        process.NoNewPrivileges |= options.NoNewPrivs;
        if (options.Caps.Count > 0)
            AddCapabilities(process.Capabilities ??= new Capabilities(), options);
        if (options.User is { } user)
            SetUser(process.User, user);
        uint[] groups = new uint[options.AdditionalGids.Count];
        for (int i = 0; i < groups.Length; i++)
            groups[i] = Id(options.AdditionalGids[i], "--additional-gids", options.AdditionalGids[i]);
        process.User.AdditionalGids = [.. process.User.AdditionalGids, .. groups];
        return process;
    }

    /// <summary>What the rules would tell of a property, in the words of the flag that was given.</summary>
    private static void CheckFlags(ExecOptions options)
    {
        foreach (string variable in options.Env)
            if (variable.IndexOf('=') is <= 0 and var equals)
                throw new ContainerException($"--env: {(equals < 0 ? "missing '='" : "the name must not be empty")} in \"{variable}\"; expected NAME=value");
        if (options.Cwd is { } cwd && !cwd.StartsWith('/'))
            throw new ContainerException($"--cwd: Cwd must be an absolute path; got \"{cwd}\"");
    }

    /// <summary>
    /// CVE-2022-29162: never inheritable, which would hand them to programs with file capabilities; ambient only if the container
    /// itself has it inheritable.
    /// </summary>
    private static void AddCapabilities(Capabilities capabilities, ExecOptions options)
    {
        foreach (string cap in options.Caps)
        {
            capabilities.Bounding = [.. capabilities.Bounding, cap];
            capabilities.Effective = [.. capabilities.Effective, cap];
            capabilities.Permitted = [.. capabilities.Permitted, cap];
            if (Array.IndexOf(capabilities.Inheritable, cap) >= 0)
                capabilities.Ambient = [.. capabilities.Ambient, cap];
        }
    }

    /// <summary>CVE-2016-3697, CVE-2026-30892: digits are always numbers, and nothing else is a user.</summary>
    private static void SetUser(User user, string text)
    {
        int colon = text.IndexOf(':');
        user.Uid = Id(colon < 0 ? text : text[..colon], "--user", text);
        if (colon >= 0)
            user.Gid = Id(text[(colon + 1)..], "--user", text);
    }

    /// <summary>4294967295 is −1, which setresuid(2) takes for "unchanged".</summary>
    private static uint Id(string number, string flag, string text)
        => uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue ? id
            : throw new ContainerException($"{flag}: expected {(flag == "--user" ? "uid[:gid]" : "a group")} in numbers from 0 to 4294967294; got \"{text}\"");
}
