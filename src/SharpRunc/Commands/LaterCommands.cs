using SharpRunc.Parsing;

namespace SharpRunc.Commands;

/// <summary>
/// Commands that are not there yet, with their flags (cli.md §3): a caller learns that it spelled the command right and that
/// this runtime cannot do it.
/// </summary>
internal static class LaterCommands
{
    private static readonly Flag ConsoleSocket = Text("console-socket", "AF_UNIX socket that receives the console's master end");
    private static readonly Flag PidFile = Text("pid-file", "file that the process id is written to");
    private static readonly Flag Format = new("format", 'f', FlagKind.Text, "table or json", "table");
    private static readonly Flag Detach = new("detach", 'd', FlagKind.Switch, "return as soon as the process runs");

    private static readonly Flag[] Criu =
    [
        Text("image-path", "directory of the images", "./checkpoint"), Text("work-path", "directory of the logs"), Switch("tcp-established"),
        Switch("ext-unix-sk"), Switch("shell-job"), Switch("file-locks"), Switch("lazy-pages"), Switch("link-remap"), Switch("tcp-skip-in-flight"),
        Text("manage-cgroups-mode", "soft, full, strict or ignore"), Text("empty-ns", "network"), Switch("auto-dedup"),
    ];

    public static readonly Command[] All =
    [
        new("exec", "<container-id> <command> [command options]", "run another process in a container")
        {
            MaxArguments = -1,
            StopsAtFirstArgument = true,
            FailureCode = 255,
            Flags =
            [
                ConsoleSocket, Text("pidfd-socket", "AF_UNIX socket that receives the process's pidfd"), PidFile, Detach,
                Text("cwd", "working directory in the container"), new("env", 'e', FlagKind.Repeated, "an environment variable: NAME=value"),
                new("tty", 't', FlagKind.Switch, "with a terminal"), new("user", 'u', FlagKind.Text, "uid[:gid]"),
                new("additional-gids", 'g', FlagKind.Repeated, "one more group"), new("process", 'p', FlagKind.Text, "file with the process as JSON"),
                Text("process-label", "SELinux label"), Text("apparmor", "AppArmor profile"), Switch("no-new-privs"),
                new("cap", 'c', FlagKind.Repeated, "one more capability"), new("preserve-fds", '\0', FlagKind.Number, "pass descriptors on, from 3", "0"),
                new("cgroup", '\0', FlagKind.Repeated, "[controller[,…]:]path below the container's cgroup"), Switch("ignore-paused"),
            ],
        },
        new("ps", "<container-id> [ps options]", "list the processes of a container") { MaxArguments = -1, StopsAtFirstArgument = true, Flags = [Format] },
        new("events", "<container-id>", "print a container's events and statistics")
        {
            Flags = [Text("interval", "between statistics", "5s"), Switch("stats")],
        },
        new("update", "<container-id>", "change a container's resource limits")
        {
            Flags =
            [
                new("resources", 'r', FlagKind.Text, "file with the resources as JSON; - is stdin"), Text("blkio-weight"), Text("cpu-period"), Text("cpu-quota"),
                Text("cpu-burst"), Text("cpu-share"), Text("cpu-rt-period"), Text("cpu-rt-runtime"), Text("cpuset-cpus"), Text("cpuset-mems"), Text("cpu-idle"),
                Text("memory"), Text("memory-reservation"), Text("memory-swap"), Text("pids-limit"), Text("l3-cache-schema"), Text("mem-bw-schema"),
                new("kernel-memory", '\0', FlagKind.Text, "obsolete", Hidden: true), new("kernel-memory-tcp", '\0', FlagKind.Text, "obsolete", Hidden: true),
            ],
        },
        new("pause", "<container-id>", "suspend all processes of a container"),
        new("resume", "<container-id>", "let a paused container go on"),
        new("checkpoint", "<container-id>", "write a running container to disk with criu")
        {
            Flags =
            [
                .. Criu, Text("parent-path", "relative path of an earlier image"), Switch("leave-running"), Text("status-fd"), Text("page-server", "host:port"), Switch("pre-dump"),
            ],
        },
        new("restore", "<container-id>", "bring a container back from disk with criu")
        {
            Flags =
            [
                .. Criu, new("bundle", 'b', FlagKind.Text, "the bundle's directory"), Detach, PidFile, ConsoleSocket, Switch("no-subreaper"), Switch("no-pivot"),
                Text("lsm-profile"), Text("lsm-mount-context"),
            ],
        },
    ];

    private static Flag Text(string name, string help = "", string? value = null) => new(name, '\0', FlagKind.Text, help, value);

    private static Flag Switch(string name) => new(name, '\0', FlagKind.Switch, "");
}
