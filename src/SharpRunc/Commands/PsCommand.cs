using System.Collections.Generic;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class PsCommand
{
    public static readonly Command Command = new("ps", "<container-id> [ps options]", "list the processes of a container")
    {
        Description =
            "The table is that of the host's ps(1), run with the given options (by default -ef); one of its columns must be PID.",
        MaxArguments = -1,
        StopsAtFirstArgument = true,
        Flags = [new("format", 'f', FlagKind.Text, "table or json", "table") { Choices = ["table", "json"] }],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        List<int> pids = Ps.Run(context, given.Id);
        return given.Text("format") switch
        {
            null or "table" => Table(pids, given.Arguments.Count > 1 ? [.. given.Arguments[1..]] : ["-ef"]),
            "json" => Output.Write(Ps.Json(pids)),
            { } other => throw new ContainerException(
                ErrorCode.UsageValue, $"invalid format option: expected table or json; got \"{other}\""),
        };
    }

    private static int Table(List<int> pids, string[] arguments)
    {
        Ps.Table(pids, arguments, static line => Output.Write(line + "\n"));
        return 0;
    }
}
