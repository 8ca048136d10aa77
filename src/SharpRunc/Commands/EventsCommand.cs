using System;
using SharpRunc.Core;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class EventsCommand
{
    private const long DefaultInterval = 5_000, NanosecondsPerMillisecond = 1_000_000;

    public static readonly Command Command = new("events", "<container-id>", "print a container's events and statistics")
    {
        Description = "One JSON object per line: statistics at every interval, and an event whenever the OOM killer kills a process, "
            + "until the container ends.",
        Flags =
        [
            new("interval", '\0', FlagKind.Duration, "time between statistics: 500ms, 5s, 1m30s", "5s"),
            new("stats", '\0', FlagKind.Switch, "print the statistics once and return"),
        ],
        Run = Run,
    };

    private static int Run(RuntimeContext context, Invocation given)
    {
        long? asked = given.Duration("interval");
        if (asked <= 0)
            throw new ContainerException(ErrorCode.UsageValue, "duration interval must be greater than 0");
        long interval = asked is null ? DefaultInterval : Math.Max(asked.Value / NanosecondsPerMillisecond, 1);
        Events.Run(context, given.Id, given.Is("stats") ? null : interval, static line => Output.Write(line.Span));
        return 0;
    }
}
