using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ExecCommand
{
    public static readonly Command Command = new("exec", "<container-id> <command> [command options]", "run another process in a container")
    {
        Description =
            "Waits for the process and exits with its status (128 plus the number of the signal that killed it), unless detached;\n"
            + "255 if it could not be started.",
        MaxArguments = -1,
        StopsAtFirstArgument = true,
        FailureCode = 255,
        SharesStderr = true,
        Flags =
        [
            new("console-socket", '\0', FlagKind.Path, "AF_UNIX socket that receives the console's master end"),
            new("pidfd-socket", '\0', FlagKind.Path, "AF_UNIX socket that receives the process's pidfd"),
            new("pid-file", '\0', FlagKind.Path, "file that the process id is written to"),
            new("detach", 'd', FlagKind.Switch, "return as soon as the process runs"),
            new("cwd", '\0', FlagKind.Text, "working directory in the container"),
            new("env", 'e', FlagKind.Repeated, "environment variable to add: NAME=value"),
            new("tty", 't', FlagKind.Switch, "allocate a terminal"),
            new("user", 'u', FlagKind.Text, "uid[:gid], as numbers"),
            new("additional-gids", 'g', FlagKind.Repeated, "additional group, as a number"),
            new("process", 'p', FlagKind.Path, "file with the whole process object as JSON"),
            new("process-label", '\0', FlagKind.Text, "SELinux label"),
            new("apparmor", '\0', FlagKind.Text, "AppArmor profile"),
            new("no-new-privs", '\0', FlagKind.Switch, "set no_new_privs: the process and its children gain no privileges by execve"),
            new("cap", 'c', FlagKind.Repeated, "capability to add: CAP_…"),
            new("preserve-fds", '\0', FlagKind.Number, "number of file descriptors to pass on, from 3", "0"),
            new("cgroup", '\0', FlagKind.Repeated, "[controller[,…]:]path below the container's cgroup"),
            new("ignore-paused", '\0', FlagKind.Switch, "allow exec in a paused container: the process waits for resume"),
            Tracing.Flag,
        ],
        Run = (context, given) => ErrorPrefix.Run("exec failed: ", () => Exec.Run(context, given.Id, Options(given))),
    };

    private static ExecOptions Options(Invocation given) => new()
    {
        Args = given.Arguments.GetRange(1, given.Arguments.Count - 1).ToArray(),
        ProcessFile = given.Text("process"),
        Tty = given.Is("tty"),
        Cwd = given.Text("cwd"),
        Env = given.All("env"),
        User = given.Text("user"),
        AdditionalGids = given.All("additional-gids"),
        ProcessLabel = given.Text("process-label"),
        Apparmor = given.Text("apparmor"),
        NoNewPrivs = given.Is("no-new-privs"),
        Caps = given.All("cap"),
        Detach = given.Is("detach"),
        PidFile = given.Text("pid-file"),
        ConsoleSocket = given.Text("console-socket"),
        PidfdSocket = given.Text("pidfd-socket"),
        PreserveFds = given.Number("preserve-fds"),
        Cgroups = given.All("cgroup"),
        IgnorePaused = given.Is("ignore-paused"),
    };
}
