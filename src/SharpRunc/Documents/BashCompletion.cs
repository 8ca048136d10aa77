using System.Collections.Generic;
using System.Text;
using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Documents;

/// <summary>A completion script for bash, which needs nothing else. The table becomes case statements.</summary>
internal static class BashCompletion
{
    private const string Functions = """
        # What is the word at the cursor? bash breaks --flag=value into three words.
        _NAME() {
            local current=${COMP_WORDS[COMP_CWORD]} flag= value= command= word i
            local -a root=() arguments=()
            COMPREPLY=()
            for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                if [[ $word == = ]]; then
                    ((i++))
                elif [[ $word == -?* && (${#arguments[@]} -eq 0 || ! $(_NAME_kind "$command") == *stops*) ]]; then
                    [[ $word == -[!-]?* ]] && word=-$word
                    [[ -n $(_NAME_value "$command" "$word") ]] || continue
                    [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
                    ((i++))
                    [[ -z $command && $word == --root ]] && root=(--root "${COMP_WORDS[i]}")
                    ((i >= COMP_CWORD)) && flag=$word
                elif [[ -z $command ]]; then
                    command=$word
                elif [[ ${#arguments[@]} -eq 0 && " $(_NAME_subcommands "$command") " == *" $word "* ]]; then
                    command+=" $word"
                else
                    arguments+=("$word")
                fi
            done
            [[ $current == = ]] && current=
            [[ -n $flag ]] && value=$(_NAME_value "$command" "$flag")
            case $value in
                '') ;;
                path) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current"); return ;;
                any) return ;;
                *) mapfile -t COMPREPLY < <(compgen -W "$value" -- "$current"); return ;;
            esac
            local kind=$(_NAME_kind "$command")
            if [[ $current == -* && (${#arguments[@]} -eq 0 || $kind != *stops*) ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_NAME_flags "$command")" -- "$current")
            elif [[ -z $command ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$_NAME_commands" -- "$current")
            elif [[ ${#arguments[@]} -eq 0 && -n $(_NAME_subcommands "$command") ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$(_NAME_subcommands "$command")" -- "$current")
            elif [[ $kind == *path* ]]; then
                compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$current")
            elif [[ ${#arguments[@]} -eq 0 && $kind == *container* ]]; then
                mapfile -t COMPREPLY < <(compgen -W "$("${COMP_WORDS[0]}" "${root[@]}" list --quiet 2>/dev/null)" -- "$current")
            elif [[ $kind == *stops* ]]; then
                compopt -o default
            fi
        }
        complete -F _NAME NAME

        """;

    public static string Write(Command[] commands, Flag[] globals)
    {
        List<(string Name, Command? Command, Flag[] Flags)> rows = [("''", null, globals)];
        StringBuilder names = new();
        foreach (Command command in commands)
        {
            rows.Add((command.Name, command, command.Flags));
            names.Append(command.Name).Append(' ');
            foreach (Command subcommand in command.Subcommands)
                rows.Add((Pattern(subcommand)!, subcommand, subcommand.Flags));
        }
        StringBuilder script = new();
        script.Append("# bash completion for NAME, written by: NAME completion bash\n\n");
        script.Append("_NAME_commands='").Append(names).Append("help'\n\n");
        script.Append("# The flags of a command.\n_NAME_flags() {\n    case $1 in\n");
        foreach ((string name, _, Flag[] flags) in rows)
            script.Append("        ").Append(name).Append(") echo '").Append(string.Join(' ', Spellings(flags))).Append("' ;;\n");
        script.Append("    esac\n}\n\n# What a flag's value is: a path, one of some words, or any; nothing is a switch.\n");
        script.Append("_NAME_value() {\n    case $1:$2 in\n");
        foreach ((_, Command? command, Flag[] flags) in rows)
            foreach (Flag flag in flags)
                if (flag.Kind != FlagKind.Switch)
                    AppendValue(script, Pattern(command), flag);
        script.Append("    esac\n}\n\n");
        script.Append("# Whether a command takes a container that exists, or files, and whether flags end with its first argument.\n");
        script.Append("_NAME_kind() {\n    case $1 in\n");
        foreach ((string name, Command? command, _) in rows)
            if (command is not null)
                script.Append("        ").Append(name).Append(") echo '").Append(KindOf(command)).Append("' ;;\n");
        script.Append("    esac\n}\n\n# The words that make a command another one.\n_NAME_subcommands() {\n    case $1 in\n");
        foreach (Command command in commands)
        {
            if (command.Subcommands.Length == 0)
                continue;
            string[] words = System.Array.ConvertAll(command.Subcommands, static one => one.Word);
            script.Append("        ").Append(command.Name).Append(") echo '").Append(string.Join(' ', words)).Append("' ;;\n");
        }
        return script.Append("    esac\n}\n\n").Append(Functions).Replace("NAME", RuntimeContext.Name).ToString();
    }

    private static void AppendValue(StringBuilder script, string? command, Flag flag)
    {
        script.Append("        ").Append(command).Append(":--").Append(flag.Name);
        if (flag.Short != '\0')
            script.Append(" | ").Append(command).Append(":-").Append(flag.Short);
        script.Append(") echo '").Append(ValueOf(flag)).Append("' ;;\n");
    }

    private static string ValueOf(Flag flag)
    {
        if (flag.Kind == FlagKind.Path)
            return "path";
        return flag.Choices.Length > 0 ? string.Join(' ', flag.Choices) : "any";
    }

    private static string KindOf(Command command)
    {
        string stops = command.StopsAtFirstArgument ? "stops" : "";
        if (command.TakesContainer)
            return "container " + stops;
        return command.TakesPaths ? "path " + stops : stops;
    }

    /// <summary>The name for a case statement, with blanks escaped.</summary>
    private static string? Pattern(Command? command) => command?.Name.Replace(" ", "\\ ");

    private static List<string> Spellings(Flag[] flags)
    {
        List<string> spellings = [];
        foreach (Flag flag in flags)
        {
            if (flag.Hidden)
                continue;
            spellings.Add("--" + flag.Name);
            if (flag.Short != '\0')
                spellings.Add("-" + flag.Short);
        }
        return [.. spellings, "--help", "-h"];
    }
}
