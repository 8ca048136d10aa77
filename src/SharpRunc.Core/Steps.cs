using System;
using System.Runtime.CompilerServices;

namespace SharpRunc.Core;

/// <summary>
/// What was decided and done, a line a step, for --debug. Also said by the container's first process while it is set up: the log is open in it. Where nobody
/// listens the text is not even put together.
/// </summary>
internal static class Steps
{
    private static Action<string, string, string, int>? log;

    public static bool AreSaid => log is not null;

    /// <param name="writer">The text, and the member, file and line that said it.</param>
    public static void Hear(Action<string, string, string, int> writer) => log = writer;

    /// <summary>In a process that shall not use the log.</summary>
    public static void Silence() => log = null;

    public static void Say(ref StepText text, [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        if (log is not null)
            log(text.ToText(), member, file, line);
    }
}

/// <summary>The text of a step.</summary>
[InterpolatedStringHandler]
internal ref struct StepText
{
    private DefaultInterpolatedStringHandler text;

    public StepText(int literalLength, int formattedCount, out bool isSaid)
    {
        isSaid = Steps.AreSaid;
        if (isSaid)
            text = new(literalLength, formattedCount);
    }

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    internal string ToText() => text.ToStringAndClear();
}
