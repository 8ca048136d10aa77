using System;
using System.Runtime.CompilerServices;

namespace SharpRunc.Core;

/// <summary>
/// Decisions and actions, one line per step, for --debug. The container's first process reports its steps too while it is set up: the log
/// is open in it. When nobody listens, the text is not even formatted.
/// </summary>
internal static class Steps
{
    private static Action<string, string, string, int>? log;

    public static bool AreEnabled => log is not null;

    /// <param name="writer">Receives the text, and the member, file and line that reported it.</param>
    public static void Enable(Action<string, string, string, int> writer) => log = writer;

    /// <summary>For a process that must not use the log.</summary>
    public static void Disable() => log = null;

    public static void Log(
        ref StepText text, [CallerMemberName] string member = "", [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
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

    public StepText(int literalLength, int formattedCount, out bool isEnabled)
    {
        isEnabled = Steps.AreEnabled;
        if (isEnabled)
            text = new(literalLength, formattedCount);
    }

    public void AppendLiteral(string value) => text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => text.AppendFormatted(value);

    public void AppendFormatted<T>(T value, string? format) => text.AppendFormatted(value, format);

    public string ToText() => text.ToStringAndClear();
}
