using System;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Tracing;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class TraceCommand
{
    public static readonly Command Command = new("trace", "<file>", "draw a trace that --trace has written")
    {
        Description =
            "Of the command that was traced, each step of the runtime and of the container's process is a bar, to scale.\n"
            + "chrome://tracing and https://ui.perfetto.dev open the same file.",
        Flags = [new("slowest", '\0', FlagKind.Switch, "the slowest step first, by the time that no other step explains")],
        Run = (_, given) => Output.Write(Draw(given.Arguments[0], given.Is("slowest"))),
    };

    private static string Draw(string file, bool slowest)
    {
        byte[] json;
        try
        {
            json = InputFile.Read(file, "the trace", TraceReader.MaxBytes);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.UsageFile, e, "cannot read the trace");
        }
        TracedCommand traced = TraceReader.Read(file, json);
        return slowest ? TraceChart.WriteSlowest(traced) : TraceChart.Write(traced);
    }
}

/// <summary>--trace of the commands that have it.</summary>
internal static class Tracing
{
    private const string Name = "trace";

    public static Flag Flag => new(Name, '\0', FlagKind.Path,
        "file to write a trace to, for chrome://tracing, Perfetto and the trace command", $"a new one in ${TraceFile.Variable}");

    /// <summary>Runs the command, traced if the caller asks for that.</summary>
    public static int Run(Command command, RuntimeContext context, Invocation given)
    {
        if (!Array.Exists(command.Flags, static flag => flag.Name == Name) || Open(context, given) is not { } file)
            return command.Run(context, given);
        TracedCommand traced = new()
        {
            Command = command.Name,
            Id = given.Id,
            Version = Build.Version,
            TraceParent = TraceParent.FromEnvironment(),
            Pid = Sys.GetPid(),
            Steps = [],
        };
        using (file)
            try
            {
                file.Begin();
                int status = command.Run(context, given);
                file.Write(context, traced);
                return status;
            }
            catch (Exception e)
            {
                file.Write(context, traced with { Error = e.Message });
                throw;
            }
    }

    /// <summary>null: none is asked for. An engine's containers do not fail for a directory that is not there.</summary>
    private static TraceFile? Open(RuntimeContext context, Invocation given)
    {
        if (given.Text(Name) is { } path)
            return TraceFile.Open(path);
        if (ProcessStrings.Variable(TraceFile.Variable) is not { Length: > 0 } directory)
            return null;
        try
        {
            return TraceFile.OpenDirectory(directory);
        }
        catch (ContainerException e)
        {
            context.Warn($"no trace is written: {e.Message}");
            return null;
        }
        catch (SysException e)
        {
            context.Warn($"no trace is written: {e.Message}");
            return null;
        }
    }
}
