using System.Collections.Generic;
using System.Runtime.InteropServices;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ListCommand
{
    public static readonly Command Command = new("list", "", "list the containers of the state root")
    {
        MinArguments = 0,
        MaxArguments = 0,
        Flags =
        [
            new("format", 'f', FlagKind.Text, "table or json", "table") { Choices = ["table", "json"] },
            new("quiet", 'q', FlagKind.Switch, "print only the ids"),
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        List<Core.Spec.StateProperties> containers = List.Run(context, unreadable => Output.WriteError(unreadable + "\n"));
        if (given.Is("quiet"))
            return Output.Write(List.Ids(containers));
        return given.Text("format") switch
        {
            null or "table" => Output.Write(List.Table(containers)),
            "json" => Output.Write(StateJson.List(CollectionsMarshal.AsSpan(containers))),
            { } other => throw new ContainerException(
                ErrorCode.UsageValue, $"invalid format option: expected table or json; got \"{other}\""),
        };
    }
}
