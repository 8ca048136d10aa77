using System;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Logging;
using SharpRunc.Parsing;

namespace SharpRunc;

/// <summary>The flags of every command, and their meaning.</summary>
internal sealed class GlobalOptions
{
    public static readonly Flag[] Flags =
    [
        new("root", '\0', FlagKind.Path,
            "directory of the containers' states; should be on a tmpfs", "/run/sharprunc or $XDG_RUNTIME_DIR/sharprunc"),
        new("log", '\0', FlagKind.Path,
            "file that log lines are appended to",
            "stderr; there, of create, run, exec and restore, errors only, unless it is a terminal"),
        new("log-format", '\0', FlagKind.Text, "text or json", "text") { Choices = ["text", "json"] },
        new("debug", '\0', FlagKind.Switch, "log debug messages and the source of each line"),
        new("systemd-cgroup", '\0', FlagKind.Switch, "create the cgroup through systemd; cgroupsPath is slice:prefix:name"),
        new("rootless", '\0', FlagKind.Text, "ignore cgroup permission errors: true, false or auto", "auto")
        {
            Choices = ["true", "false", "auto"],
        },
        new("cgroup-manager", '\0', FlagKind.Text,
            "as in crun: systemd is --systemd-cgroup; disabled: the container stays in the caller's cgroup", Hidden: true)
        {
            Choices = ["cgroupfs", "systemd", "disabled"],
        },
        new("criu", '\0', FlagKind.Text, "ignored", Hidden: true),
        new("version", 'v', FlagKind.Switch, "print the version", Hidden: true),
    ];

    /// <summary>Those that may also follow the command, as with runc since 1.5; the command's own of that name wins.</summary>
    public static readonly Flag[] Anywhere = Array.FindAll(Flags, static flag => !flag.Hidden);

    private readonly LogSettings log;

    public GlobalOptions(Invocation given)
    {
        log = new(given.Text("log"), given.Text("log-format") ?? "text", given.Is("debug"));
        if (given.Text("cgroup-manager") is { } manager and not ("cgroupfs" or "systemd" or "disabled"))
            throw new ContainerException(
                ErrorCode.UsageValue, $"invalid value \"{manager}\" for --cgroup-manager: cgroupfs, systemd or disabled");
        string? root = given.Text("root");
        bool runtimeDir = root is null && HonoursRuntimeDir();
        Context = new RuntimeContext
        {
            Root = root is not null ? Absolute(root)
                : runtimeDir ? ProcessStrings.Variable("XDG_RUNTIME_DIR") + "/" + RuntimeContext.Name
                : "/run/" + RuntimeContext.Name,
            RootIsDefault = root is null,
            RootIsRuntimeDir = runtimeDir,
            Log = new LazyLogger(log),
            Debug = log.Debug,
            SystemdCgroup = (given.Text("cgroup-manager") ?? (given.Is("systemd-cgroup") ? "systemd" : "")) == "systemd",
            NoCgroup = given.Text("cgroup-manager") == "disabled",
            Rootless = ParseRootless(given.Text("rootless")),
        };
        if (log.Debug)
            Steps.Enable(Context.Explain);
        if (given.Text("criu") is not null)
            Context.Warn("--criu is ignored: criu is looked up in PATH");
    }

    public RuntimeContext Context { get; }

    /// <summary>Called once the command is known: before that, stderr is not shared.</summary>
    /// <param name="id">The container that it is about; null: none.</param>
    public void Begin(Command command, string? id)
        => (log.SharesStderr, log.Command, log.Id) = (command.SharesStderr, command.Name, id);

    /// <summary>For reporting that the flags themselves are wrong: the settings without any flag.</summary>
    public static RuntimeContext Fallback() => new GlobalOptions(new Invocation()).Context;

    private static Rootless ParseRootless(string? value)
    {
        if (value is null or "auto")
            return Rootless.Auto;
        return Booleans.Parse(value) switch
        {
            true => Rootless.True,
            false => Rootless.False,
            null => throw new ContainerException(ErrorCode.UsageValue, $"invalid value \"{value}\" for --rootless: true, false or auto"),
        };
    }

    /// <summary>Not for the host's root, nor for root in a user namespace whose $USER is root.</summary>
    private static bool HonoursRuntimeDir()
        => !string.IsNullOrEmpty(ProcessStrings.Variable("XDG_RUNTIME_DIR"))
            && (Sys.GetEuid() != 0 || (UserNamespace.IsNested() && ProcessStrings.Variable("USER") != "root"));

    private static string Absolute(string path)
    {
        string absolute = LexicalPath.Absolute(path);
        if (absolute == "/")
            throw new ContainerException(ErrorCode.UsageValue, "option --root argument should not be set to /");
        return absolute;
    }
}
