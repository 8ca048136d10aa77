using System.Text;
using SharpRunc.Core;
using SharpRunc.Parsing;

namespace SharpRunc.Documents;

/// <summary>Completions for fish: one `complete` line per command and flag.</summary>
internal static class FishCompletion
{
    public static string Write(Command[] commands, Flag[] globals)
    {
        StringBuilder script = new();
        script.Append("""
            # fish completion for NAME, made by: NAME completion fish

            # The command among the words before the cursor, with the word that makes it another one; fails when there is none yet.
            function __NAME_command
                set -l skip 0
                set -l group
                for word in (commandline -opc)[2..-1]
                    if test $skip = 1
                        set skip 0
                        continue
                    end
                    switch $word
                        case VALUED
                            set skip 1
                        case '-*'
                        case '*'
                            if test -z "$group"
                                switch $word
                                    case GROUPS
                                        set group $word
                                        continue
                                end
                            end
                            echo $group $word
                            return 0
                    end
                end
                test -n "$group"; and echo $group
            end

            function __NAME_no_command
                not __NAME_command >/dev/null
            end

            function __NAME_is
                test (__NAME_command; or echo .) = "$argv"
            end

            function __NAME_containers
                set -l words (commandline -opc)
                set -l root
                for i in (seq (count $words))
                    if test $words[$i] = --root; and test $i -lt (count $words)
                        set root --root $words[(math $i + 1)]
                    else if string match -q -- '--root=*' $words[$i]
                        set root $words[$i]
                    end
                end
                $words[1] $root list --quiet 2>/dev/null
            end

            complete -c NAME -f
            complete -c NAME -s h -l help -d 'show help'

            """);
        script.Replace("VALUED", Valued(globals)).Replace("GROUPS", Groups(commands));
        foreach (Flag flag in globals)
            AppendFlag(script, "__NAME_no_command", flag);
        foreach (Command command in commands)
            AppendWord(script, "__NAME_no_command", command.Name, command.Summary);
        Append(script, "__NAME_no_command").Append("-a help -d 'show help for a command'\n");
        foreach (Command command in commands)
        {
            AppendCommand(script, command);
            foreach (Command subcommand in command.Subcommands)
            {
                AppendWord(script, "__NAME_is " + command.Name, subcommand.Word, subcommand.Summary);
                AppendCommand(script, subcommand);
            }
        }
        return script.Replace("NAME", RuntimeContext.Name).ToString();
    }

    private static void AppendCommand(StringBuilder script, Command command)
    {
        foreach (Flag flag in command.Flags)
            AppendFlag(script, "__NAME_is " + command.Name, flag);
        if (command.TakesContainer)
            Append(script, "__NAME_is " + command.Name).Append("-a '(__NAME_containers)'\n");
        if (command.TakesPaths)
            Append(script, "__NAME_is " + command.Name).Append("-F\n");
    }

    /// <summary>Commands that have subcommands; never empty, because fish rejects an empty list.</summary>
    private static string Groups(Command[] commands)
    {
        StringBuilder names = new("''");
        foreach (Command command in commands)
            if (command.Subcommands.Length > 0)
                names.Append(' ').Append(command.Name);
        return names.ToString();
    }

    /// <summary>Global flags whose value is a separate word.</summary>
    private static string Valued(Flag[] globals)
    {
        StringBuilder names = new();
        foreach (Flag flag in globals)
            if (flag.Kind != FlagKind.Switch)
                names.Append(" --").Append(flag.Name);
        return names.ToString().TrimStart();
    }

    private static void AppendFlag(StringBuilder script, string condition, Flag flag)
    {
        if (flag.Hidden)
            return;
        Append(script, condition).Append("-l ").Append(flag.Name);
        if (flag.Short != '\0')
            script.Append(" -s ").Append(flag.Short);
        if (flag.Kind == FlagKind.Path)
            script.Append(" -r -F");
        else if (flag.Choices.Length > 0)
            script.Append(" -x -a ").Append(Quoted(string.Join(' ', flag.Choices)));
        else if (flag.Kind != FlagKind.Switch)
            script.Append(" -x");
        script.Append(" -d ").Append(Quoted(flag.Help)).Append('\n');
    }

    private static void AppendWord(StringBuilder script, string condition, string word, string summary)
        => Append(script, condition).Append("-a ").Append(word).Append(" -d ").Append(Quoted(summary)).Append('\n');

    private static StringBuilder Append(StringBuilder script, string condition)
        => script.Append("complete -c NAME -n '").Append(condition).Append("' ");

    private static string Quoted(string text) => "'" + text.Replace("\\", "\\\\").Replace("'", "\\'") + "'";
}
