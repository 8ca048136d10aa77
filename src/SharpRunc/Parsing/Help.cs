using System.Text;
using SharpRunc.Core;

namespace SharpRunc.Parsing;

/// <summary>Generates the help from the table, in the layout known from runc.</summary>
internal static class Help
{
    public static string ForProgram(Command[] commands, Flag[] flags)
    {
        StringBuilder text = new();
        text.Append("NAME:\n   ").Append(RuntimeContext.Name).Append(" - Open Container Initiative runtime\n\n")
            .Append("Runs containers from bundles: directories with a config.json and a root file system.\n\n    # ")
            .Append(RuntimeContext.Name).Append(" run [ -b bundle ] <container-id>\n\n")
            .Append("USAGE:\n   ").Append(RuntimeContext.Name).Append(" [global options] command [command options] [arguments...]\n\n")
            .Append("VERSION:\n   ").Append(Build.Version).Append("\n\nCOMMANDS:\n");
        foreach (Command command in commands)
            text.Append("   ").Append(command.Name.PadRight(12)).Append(command.Summary).Append('\n');
        text.Append("   help, h     ").Append("shows a list of commands or help for one command\n\nGLOBAL OPTIONS:\n");
        AppendFlags(text, flags, new Flag("version", 'v', FlagKind.Switch, "print the version"));
        return text.ToString();
    }

    public static string For(Command command)
    {
        StringBuilder text = new();
        text.Append("NAME:\n   ").Append(RuntimeContext.Name).Append(' ').Append(command.Name).Append(" - ").Append(command.Summary)
            .Append("\n\nUSAGE:\n   ").Append(RuntimeContext.Name).Append(' ').Append(command.Name)
            .Append(command.Flags.Length > 0 ? " [command options]" : "");
        if (command.Arguments.Length > 0)
            text.Append(' ').Append(command.Arguments);
        text.Append('\n');
        if (command.Description is not null)
            text.Append("\nDESCRIPTION:\n   ").Append(command.Description.Replace("\n", "\n   ")).Append('\n');
        if (command.Subcommands.Length > 0)
            text.Append("\nCOMMANDS:\n");
        foreach (Command subcommand in command.Subcommands)
            text.Append("   ").Append(subcommand.Word.PadRight(12)).Append(subcommand.Summary).Append('\n');
        text.Append("\nOPTIONS:\n");
        AppendFlags(text, command.Flags);
        return text.ToString();
    }

    private static void AppendFlags(StringBuilder text, Flag[] flags, params Flag[] more)
    {
        Flag[] all = [.. flags, new Flag("help", 'h', FlagKind.Switch, "show help"), .. more];
        int width = 0;
        foreach (Flag flag in all)
            if (!flag.Hidden)
                width = System.Math.Max(width, Spelling(flag).Length);
        foreach (Flag flag in all)
        {
            if (flag.Hidden)
                continue;
            text.Append("   ").Append(Spelling(flag).PadRight(width + 2)).Append(flag.Help);
            if (flag.Default is not null)
                text.Append(" (default: ").Append(flag.Default).Append(')');
            text.Append('\n');
        }
    }

    private static string Spelling(Flag flag)
    {
        string value = flag.Kind == FlagKind.Switch ? "" : " value";
        return flag.Short == '\0' ? $"--{flag.Name}{value}" : $"--{flag.Name}{value}, -{flag.Short}{value}";
    }
}
