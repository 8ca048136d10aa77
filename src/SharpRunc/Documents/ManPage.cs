using System.Globalization;
using System.Text;
using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Documents;

/// <summary>sharprunc(8), in the man macros (man(7)).</summary>
internal static class ManPage
{
    private const string End = """
        .SH EXIT STATUS
        0 on success, 1 on failure, 3 for an unknown command.
        An attached
        .B run
        or
        .B exec
        ends with the exit status of the container's program, or 128 plus the number of the signal that killed it;
        .B exec
        with 255 if the program could not be started.
        .SH ENVIRONMENT
        .TP
        .B XDG_RUNTIME_DIR
        Contains the containers' states for users other than root, and the sockets of the user's systemd.
        .TP
        .B PATH
        The directories where
        .BR criu (8),
        .BR ps (1),
        .BR newuidmap (1)
        and
        .BR newgidmap (1)
        are looked up.
        .TP
        .BR LISTEN_FDS ", " LISTEN_PID
        Number of sockets that
        .B create
        and
        .B run
        pass to the container, as in
        .BR sd_listen_fds (3).
        .TP
        .B NOTIFY_SOCKET
        Where
        .B run
        and
        .B start
        report that the container's program is ready, as in
        .BR sd_notify (3).
        .TP
        .B SHARPRUNC_TRACE
        A directory that belongs to the caller alone; commands that have
        .B \-\-trace
        write a trace into it, each into a file of its own.
        .TP
        .B TRACEPARENT
        The caller's span (W3C Trace Context), which a trace names.
        .TP
        .BR DBUS_SYSTEM_BUS_ADDRESS ", " DBUS_SESSION_BUS_ADDRESS
        How systemd is reached with
        .BR \-\-systemd\-cgroup .
        .SH FILES
        .TP
        .I /run/sharprunc
        The containers' states, for root.
        .TP
        .I $XDG_RUNTIME_DIR/sharprunc
        The same for other users.
        .SH EXAMPLES
        Write a config.json, put a root file system beside it, and run it:
        .PP
        .nf
        # mkdir rootfs && tar \-xf image.tar \-C rootfs
        # NAME spec
        # NAME run web
        .fi
        .PP
        Create a container, start it, look into it, and delete it:
        .PP
        .nf
        # NAME create \-\-bundle /srv/web web
        # NAME start web
        # NAME exec web ps
        # NAME state web
        # NAME kill web TERM
        # NAME delete web
        .fi
        .PP
        Limit its memory and processes while it runs:
        .PP
        .nf
        # NAME update \-\-memory 512m \-\-pids\-limit 100 web
        .fi
        .PP
        See why a profile refuses a system call:
        .PP
        .nf
        $ NAME seccomp explain /srv/web clone3
        .fi
        .SH SEE ALSO
        .BR runc (8),
        .BR cgroups (7),
        .BR namespaces (7)

        """;

    public static string Write(Command[] commands, Flag[] globals)
    {
        StringBuilder page = new();
        page.Append(".TH ").Append(RuntimeContext.Name.ToUpperInvariant()).Append(" 8 \"\" \"");
        page.Append(Text($"{RuntimeContext.Name} {Build.Version}")).Append("\" \"System Administration\"\n");
        page.Append(".SH NAME\n").Append(RuntimeContext.Name).Append(" \\- Open Container Initiative runtime\n");
        page.Append(".SH SYNOPSIS\n.B ").Append(RuntimeContext.Name).Append('\n');
        page.Append("[\\fIglobal options\\fR] \\fIcommand\\fR [\\fIoptions\\fR] [\\fIarguments\\fR]\n");
        page.Append(".SH DESCRIPTION\nRuns containers from bundles: directories with a config.json and a root file system, ");
        page.Append("as the Open Container Initiative specifies them.\n");
        page.Append("Engines call it where they would call\n.BR runc (8).\n");
        page.Append(".SH GLOBAL OPTIONS\nThey come before the command.\n");
        AppendFlags(page, globals);
        page.Append(".SH COMMANDS\n");
        foreach (Command command in commands)
        {
            AppendCommand(page, command);
            foreach (Command subcommand in command.Subcommands)
                AppendCommand(page, subcommand);
        }
        return page.Append(End.Replace("# NAME", "# " + RuntimeContext.Name).Replace("$ NAME", "$ " + RuntimeContext.Name)).ToString();
    }

    private static void AppendCommand(StringBuilder page, Command command)
    {
        page.Append(".SS ").Append(Text(command.Name)).Append("\n.B ").Append(Text($"{RuntimeContext.Name} {command.Name}"));
        page.Append(command.Flags.Length > 0 ? "\n[\\fIoptions\\fR]" : "");
        page.Append(command.Arguments.Length > 0 ? $"\n{Text(command.Arguments)}\n" : "\n");
        page.Append(".PP\n").Append(Text(Sentence(command.Summary))).Append('\n');
        if (command.Description is { } description)
            page.Append(".PP\n").Append(Text(description)).Append('\n');
        AppendFlags(page, command.Flags);
    }

    private static void AppendFlags(StringBuilder page, Flag[] flags)
    {
        foreach (Flag flag in flags)
        {
            if (flag.Hidden)
                continue;
            string value = flag.Kind == FlagKind.Switch ? "" : " \\fIvalue\\fR";
            page.Append(".TP\n\\fB").Append(Text("--" + flag.Name)).Append("\\fR").Append(value);
            if (flag.Short != '\0')
                page.Append(", \\fB").Append(Text("-" + flag.Short)).Append("\\fR").Append(value);
            page.Append('\n').Append(Text(flag.Help + "."));
            if (flag.Default is not null)
                page.Append(Text($" Default: {flag.Default}."));
            page.Append('\n');
        }
    }

    private static string Sentence(string text) => char.ToUpperInvariant(text[0]) + text[1..] + ".";

    /// <summary>
    /// Escapes for roff: a dash means a hyphen, backslashes and a dot or quote at the start of a line are special, and non-ASCII characters
    /// are written by name.
    /// </summary>
    private static string Text(string text)
    {
        StringBuilder escaped = new();
        bool lineBegins = true;
        foreach (char c in text)
        {
            if (lineBegins && c is '.' or '\'')
                escaped.Append("\\&");
            lineBegins = c == '\n';
            if (c == '-')
                escaped.Append("\\-");
            else if (c == '\\')
                escaped.Append("\\e");
            else if (c > '~')
                escaped.Append("\\[u").Append(((int)c).ToString("X4", CultureInfo.InvariantCulture)).Append(']');
            else
                escaped.Append(c);
        }
        return escaped.ToString();
    }
}
