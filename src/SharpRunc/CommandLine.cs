using System;
using SharpRunc.Commands;
using SharpRunc.Core;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc;

/// <summary>From argv to an exit status: global flags, the command, its flags, and the only place that reports failures.</summary>
internal static class CommandLine
{
    private const int Failed = 1;
    private const int UnknownCommand = 3;

    public static int Run(string[] args)
    {
        try
        {
            InheritedFds.FillStandardStreams();
            return RunAny(args);
        }
        catch (SysException e) // stdout is full, or its reader is gone; stderr may still work
        {
            return Report(GlobalOptions.Fallback(), e);
        }
    }

    private static int RunAny(string[] args)
    {
        Invocation globals = new();
        GlobalOptions options;
        int at;
        try
        {
            at = Parser.ParseGlobal(args, GlobalOptions.Flags, globals);
            options = new GlobalOptions(globals);
        }
        catch (UsageException e)
        {
            string help = Help.ForProgram(CommandTable.All, GlobalOptions.Flags);
            Output.Write($"Incorrect Usage. {TerminalText.EscapeCell(e.Message)}\n\n{help}");
            return Report(GlobalOptions.Fallback(), e);
        }
        catch (Exception e)
        {
            return Report(GlobalOptions.Fallback(), e);
        }
        if (globals.Is("version"))
            return Output.Write(Build.VersionText);
        if (globals.WantsHelp || at == args.Length)
            return Output.Write(Help.ForProgram(CommandTable.All, GlobalOptions.Flags));
        return Run(options, globals, args[at], args.AsSpan(at + 1));
    }

    private static int Run(GlobalOptions options, Invocation globals, string name, ReadOnlySpan<string> args)
    {
        if (name is "help" or "h")
            return ShowHelp(options, args);
        if (CommandTable.Find(name) is not { } command)
            return NoSuchCommand(options, name);
        if (!args.IsEmpty && command.Subcommand(args[0]) is { } subcommand)
        {
            command = subcommand;
            args = args[1..];
        }
        try
        {
            Invocation invocation = Parse(command, args);
            if (invocation.WantsHelp)
                return Output.Write(Help.For(command));
            if (globals.AddFrom(invocation, GlobalOptions.Anywhere))
                options = new GlobalOptions(globals);
            options.Begin(command, command.NamesContainer && invocation.Arguments is [var id, ..] ? id : null);
            CheckCount(command, invocation.Arguments.Count);
            RuntimeContext context = options.Context;
            Steps.Log($"{RuntimeContext.Name} {Build.Version} {command.Name} {string.Join(' ', invocation.Arguments)}: "
                + $"state root {context.Root}, cgroup driver {(context.SystemdCgroup ? "systemd" : "cgroupfs")}, "
                + $"rootless {context.Rootless}, user {context.Euid}, pid {Sys.GetPid()}");
            return Tracing.Run(command, options.Context, invocation);
        }
        catch (Exception e)
        {
            return Report(options.Context, e, e is UsageException ? command.UsageCode : command.FailureCode);
        }
    }

    private static Invocation Parse(Command command, ReadOnlySpan<string> args)
    {
        try
        {
            return Parser.Parse(args, [.. command.Flags, .. GlobalOptions.Anywhere], interspersed: !command.StopsAtFirstArgument);
        }
        catch (UsageException e)
        {
            Output.Write($"Incorrect Usage: {TerminalText.EscapeCell(e.Message)}\n\n{Help.For(command)}");
            throw;
        }
    }

    private static void CheckCount(Command command, int count)
    {
        string? wrong =
            command.MinArguments == command.MaxArguments && count != command.MinArguments ? $"exactly {command.MinArguments}"
            : count < command.MinArguments ? $"a minimum of {command.MinArguments}"
            : command.MaxArguments >= 0 && count > command.MaxArguments ? $"a maximum of {command.MaxArguments}"
            : null;
        if (wrong is null)
            return;
        Output.Write($"Incorrect Usage.\n\n{Help.For(command)}");
        throw new UsageException($"{RuntimeContext.Name}: \"{command.Name}\" requires {wrong} argument(s)");
    }

    private static int ShowHelp(GlobalOptions options, ReadOnlySpan<string> args)
    {
        if (args.IsEmpty)
            return Output.Write(Help.ForProgram(CommandTable.All, GlobalOptions.Flags));
        if (CommandTable.Find(args[0]) is not { } command)
            return NoSuchCommand(options, args[0]);
        if (args.Length > 1 && command.Subcommand(args[1]) is { } subcommand)
            command = subcommand;
        return Output.Write(Help.For(command));
    }

    private static int NoSuchCommand(GlobalOptions options, string name)
    {
        Report(options.Context, new UsageException($"No help topic for '{name}'"));
        return UnknownCommand;
    }

    /// <summary>Logs the failure; the bare message also goes to stderr if the log is a file, because engines read either.</summary>
    private static int Report(RuntimeContext context, Exception e, int code = Failed)
    {
        bool expected = e is ContainerException or SysException or UsageException;
        context.Fail(expected ? e.Message : $"internal error: {e.GetType().Name}: {e.Message}", e);
        return (e as ContainerException)?.ExitCode ?? code;
    }
}
