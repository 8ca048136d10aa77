using SharpRunc.Core.Lifecycle;
using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class ResumeCommand
{
    public static readonly Command Command = new("resume", "<container-id>", "let a paused container go on")
    {
        Run = (context, given) =>
        {
            Resume.Run(context, given.Id);
            return 0;
        },
    };
}
