using System.Text;
using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Documents;

/// <summary>A completion function for zsh: the table as _arguments (zshcompsys(1)) takes it.</summary>
internal static class ZshCompletion
{
    private const string Help = "'(-h --help)'{-h,--help}'[show help]'";

    public static string Write(Command[] commands, Flag[] globals)
    {
        StringBuilder script = new();
        script.Append("""
            #compdef NAME
            # zsh completion for NAME, made by: NAME completion zsh

            _NAME_containers() {
                local -a ids
                ids=(${(f)"$("$_NAME_program" ${_NAME_root:+--root} $_NAME_root list --quiet 2>/dev/null)"})
                compadd -a ids
            }

            _NAME() {
                local curcontext=$curcontext state line _NAME_program=$words[1] _NAME_root
                local -a commands
                typeset -A opt_args
                commands=(

            """);
        foreach (Command command in commands)
            script.Append("        '").Append(Quoted($"{command.Name}:{command.Summary}")).Append("'\n");
        script.Append("        'help:show help for a command'\n    )\n    _arguments -C");
        AppendFlags(script, "        ", globals);
        script.Append(" \\\n        '1:command:->command' \\\n        '*::argument:->argument'\n");
        script.Append("    _NAME_root=$opt_args[--root]\n    case $state in\n");
        script.Append("        command) _describe -t commands command commands ;;\n        argument)\n            case $words[1] in\n");
        foreach (Command command in commands)
        {
            script.Append("                ").Append(command.Name).Append(")\n");
            if (command.Subcommands.Length > 0)
                AppendSubcommands(script, command);
            else
                AppendCommand(script, command);
        }
        script.Append("                help) _describe -t commands command commands ;;\n");
        script.Append("            esac ;;\n    esac\n}\n\n_NAME \"$@\"\n");
        return script.Replace("NAME", RuntimeContext.Name).ToString();
    }

    private static void AppendCommand(StringBuilder script, Command command)
    {
        script.Append("                    _arguments");
        AppendFlags(script, "                        ", command.Flags);
        AppendArguments(script, command);
        script.Append(" ;;\n");
    }

    /// <summary>The first argument is a subcommand; the rest is completed for that subcommand.</summary>
    private static void AppendSubcommands(StringBuilder script, Command command)
    {
        script.Append("                    if (( CURRENT == 2 )); then\n                        commands=(\n");
        foreach (Command subcommand in command.Subcommands)
            script.Append("                            '").Append(Quoted($"{subcommand.Word}:{subcommand.Summary}")).Append("'\n");
        script.Append("                        )\n                        _describe -t commands command commands\n");
        script.Append("                    else\n");
        script.Append("                    shift words; (( CURRENT-- ))\n                    case $words[1] in\n");
        foreach (Command subcommand in command.Subcommands)
        {
            script.Append("                ").Append(subcommand.Word).Append(")\n");
            AppendCommand(script, subcommand);
        }
        script.Append("                    esac\n                    fi ;;\n");
    }

    private static void AppendFlags(StringBuilder script, string indentation, Flag[] flags)
    {
        foreach (Flag flag in flags)
        {
            if (flag.Hidden)
                continue;
            string value = flag.Kind switch
            {
                FlagKind.Switch => "",
                FlagKind.Path => $":{flag.Name}:_files",
                _ when flag.Choices.Length > 0 => $":{flag.Name}:({string.Join(' ', flag.Choices)})",
                _ => $":{flag.Name}: ",
            };
            string description = $"[{Escaped(flag.Help.Length > 0 ? flag.Help : flag.Name)}]{value}'";
            string repeated = flag.Kind == FlagKind.Repeated ? "*" : "";
            string excluded = flag.Short == '\0' || repeated.Length > 0 ? "" : $"(-{flag.Short} --{flag.Name})";
            string start = $" \\\n{indentation}'{excluded}{repeated}";
            bool takesValue = flag.Kind != FlagKind.Switch;
            script.Append(start).Append("--").Append(flag.Name).Append(takesValue ? "=" : "").Append(description);
            if (flag.Short != '\0')
                script.Append(start).Append('-').Append(flag.Short).Append(takesValue ? "+" : "").Append(description);
        }
        script.Append(" \\\n").Append(indentation).Append(Help);
    }

    private static void AppendArguments(StringBuilder script, Command command)
    {
        const string Indentation = " \\\n                        ";
        if (command.TakesPaths)
            script.Append(Indentation).Append("'*:profile:_files'");
        else if (command.MaxArguments != 0)
            script.Append(Indentation).Append("'1:container:").Append(command.TakesContainer ? "_NAME_containers" : " ").Append('\'');
        if (command.MaxArguments < 0)
            script.Append(Indentation).Append("'*::program:_normal'");
    }

    /// <summary>Escapes brackets and colons, which are special in a specification.</summary>
    private static string Escaped(string text)
        => Quoted(text.Replace("\\", "\\\\").Replace("[", "\\[").Replace("]", "\\]").Replace(":", "\\:"));

    private static string Quoted(string text) => text.Replace("'", "'\\''");
}
