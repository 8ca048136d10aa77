using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class EventsCommand
{
    public static readonly Command Command = new("events", "<container-id>", "print a container's events and statistics")
    {
        Flags =
        [
            new("interval", '\0', FlagKind.Text, "between statistics", "5s"),
            new("stats", '\0', FlagKind.Switch, "print the statistics once and return"),
        ],
    };
}
