using System;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core;

/// <summary>The settings of the global flags.</summary>
internal sealed class RuntimeContext
{
    /// <summary>The program's name in messages.</summary>
    public const string Name = "sharprunc";

    /// <summary>Absolute path of the directory that holds one directory per container.</summary>
    public required string Root { get; init; }

    /// <summary><see cref="Root"/> was not set with --root, so it may not exist yet.</summary>
    public bool RootIsDefault { get; init; }

    /// <summary>The root lies in $XDG_RUNTIME_DIR, whose cleaners skip files that have the sticky bit.</summary>
    public bool RootIsRuntimeDir { get; init; }

    public required ILogger Log { get; init; }

    public bool Debug { get; init; }

    /// <summary>cgroupsPath is slice:prefix:name, and systemd creates the cgroup.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>
    /// --cgroup-manager=disabled: no cgroup is created and no limit can be set. Engines that already run in their own cgroup use this
    /// (podman run --cgroups=disabled).
    /// </summary>
    public bool NoCgroup { get; init; }

    public Rootless Rootless { get; init; }

    /// <summary>
    /// A container that requests nothing from cgroups may start without them if access is denied. With auto this applies to an ordinary
    /// user and to the root of a user namespace. Queried only after a denial.
    /// </summary>
    public bool CgroupsAreOptional => Rootless == Rootless.True || Rootless == Rootless.Auto && (Euid != 0 || UserNamespace.IsNested());

    /// <summary>The user that the runtime runs for.</summary>
    public uint Euid { get; } = Sys.GetEuid();

    public void Warn(
        string message, [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
        => Write(LogLevel.Warning, message, null, member, file, line);

    /// <summary>Logs what a reader reported about a document that it accepted.</summary>
    public void Report(ReaderNotes notes)
    {
        foreach (string warning in notes.Warnings)
            Warn(warning);
        foreach (string unknown in notes.Unknown)
            Explain(unknown);
    }

    public void Explain(
        string message, [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (Debug)
            Write(LogLevel.Debug, message, null, member, file, line);
    }

    /// <param name="e">Its pointer, call, errno and hint become fields of the log line.</param>
    public void Fail(
        string message,
        Exception? e,
        [CallerMemberName] string member = "",
        [CallerFilePath] string file = "",
        [CallerLineNumber] int line = 0)
        => Write(LogLevel.Error, message, e, member, file, line);

    private void Write(LogLevel level, string message, Exception? e, string member, string file, int line)
        => Log.Log(level, default, new LogEvent(message, member, file, line), e, static (logged, _) => logged.Message);
}

/// <summary>One line of the log and where it was written.</summary>
internal sealed record LogEvent(string Message, string Member, string File, int Line);

/// <summary>--rootless.</summary>
internal enum Rootless { Auto, True, False }
