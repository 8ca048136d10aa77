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
        .SH FILES
        .TP
        .I /run/sharprunc
        The containers' states, for root.
        .TP
        .I $XDG_RUNTIME_DIR/sharprunc
        The same for other users.
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
        return page.Append(End).ToString();
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
