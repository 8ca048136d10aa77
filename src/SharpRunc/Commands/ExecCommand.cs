using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ExecCommand
{
    public static readonly Command Command = new("exec", "<container-id> <command> [command options]", "run another process in a container")
    {
        MaxArguments = -1,
        StopsAtFirstArgument = true,
        FailureCode = 255,
        Flags =
        [
            new("console-socket", '\0', FlagKind.Text, "AF_UNIX socket that receives the console's master end"),
            new("pidfd-socket", '\0', FlagKind.Text, "AF_UNIX socket that receives the process's pidfd"),
            new("pid-file", '\0', FlagKind.Text, "file that the process id is written to"),
            new("detach", 'd', FlagKind.Switch, "return as soon as the process runs"),
            new("cwd", '\0', FlagKind.Text, "working directory in the container"),
            new("env", 'e', FlagKind.Repeated, "an environment variable: NAME=value"),
            new("tty", 't', FlagKind.Switch, "with a terminal"),
            new("user", 'u', FlagKind.Text, "uid[:gid]"),
            new("additional-gids", 'g', FlagKind.Repeated, "one more group"),
            new("process", 'p', FlagKind.Text, "file with the process as JSON"),
            new("process-label", '\0', FlagKind.Text, "SELinux label"),
            new("apparmor", '\0', FlagKind.Text, "AppArmor profile"),
            new("no-new-privs", '\0', FlagKind.Switch, "the process and its children never gain privileges"),
            new("cap", 'c', FlagKind.Repeated, "one more capability"),
            new("preserve-fds", '\0', FlagKind.Number, "pass descriptors on, from 3", "0"),
            new("cgroup", '\0', FlagKind.Repeated, "[controller[,…]:]path below the container's cgroup"),
            new("ignore-paused", '\0', FlagKind.Switch, "also in a paused container, where it waits for resume"),
        ],
    };
}
