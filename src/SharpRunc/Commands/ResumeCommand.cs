using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ResumeCommand
{
    public static readonly Command Command = new("resume", "<container-id>", "resume a paused container")
    {
        Run = (context, given) =>
        {
            Resume.Run(context, given.Id);
            return 0;
        },
    };
}
