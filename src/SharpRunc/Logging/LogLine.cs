using System;
using System.Globalization;
using System.Text;
using Microsoft.Extensions.Logging;
using SharpRunc.Core;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;
using SharpRunc.Parsing;

namespace SharpRunc.Logging;

/// <summary>
/// One line of the log, in logrus's text or JSON format: containerd reads level, msg and time and ignores the other keys.
/// </summary>
internal sealed class LogLine
{
    public required LogLevel Level { get; init; }

    public required string Message { get; init; }

    /// <summary>RFC 3339.</summary>
    public required string Time { get; init; }

    /// <summary>Where it was logged; null without --debug.</summary>
    public LogEvent? Event { get; init; }

    public Exception? Exception { get; init; }

    /// <summary>Of a failure, in JSON; null: not known.</summary>
    public string? Command { get; init; }

    /// <inheritdoc cref="Command"/>
    public string? Id { get; init; }

    public byte[] ToJson()
    {
        JsonText json = new();
        json.StartObject();
        json.Member("level", LevelName(Level));
        json.Member("msg", Exception is ContainerException { Hint: { } hint } ? $"{Message} ({hint})" : Message); // engines show only this
        json.Member("time", Time);
        if (Exception is not null)
            foreach ((string key, string? value) in Fields(LogFailure.From(Exception)))
                if (value is not null)
                    Write(json, key, value);
        if (Event is not null)
        {
            json.Member("func", Event.Member);
            json.Member("file", Place(Event));
        }
        json.EndObject();
        return [.. json.Written.Span, (byte)'\n'];
    }

    public byte[] ToText()
    {
        StringBuilder text = new();
        text.Append("time=\"").Append(Time).Append("\" level=").Append(LevelName(Level)).Append(" msg=");
        AppendQuoted(text, Message);
        if (Exception is ContainerException failure)
        {
            AppendField(text, "pointer", failure.Pointer);
            AppendField(text, "call", failure.Call);
            AppendField(text, "errno", failure.Errno != 0 ? failure.Errno.ToString() : null);
            AppendField(text, "hint", failure.Hint);
        }
        AppendField(text, "func", Event?.Member);
        AppendField(text, "file", Event is null ? null : Place(Event));
        return KernelText.Encode(text.Append('\n').ToString());
    }

    private (string Key, string? Value)[] Fields(LogFailure failure) =>
    [
        ("code", failure.Code), ("stage", failure.Stage), ("pointer", failure.Pointer), ("call", failure.Call),
        ("subject", failure.Subject), ("errno", failure.Errno), ("hint", failure.Hint), ("id", Id), ("command", Command),
    ];

    private static void Write(JsonText json, string key, string value)
    {
        if (key == "errno")
            json.Member(key, int.Parse(value, CultureInfo.InvariantCulture));
        else
            json.Member(key, value);
    }

    /// <summary>The names that logrus uses.</summary>
    private static string LevelName(LogLevel level) => level switch
    {
        LogLevel.Trace or LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warning",
        LogLevel.Critical => "fatal",
        _ => "error",
    };

    private static string Place(LogEvent logged) => $"{logged.File[(logged.File.LastIndexOf('/') + 1)..]}:{logged.Line}";

    private static void AppendField(StringBuilder text, string key, string? value)
    {
        if (value is null)
            return;
        text.Append(' ').Append(key).Append('=');
        bool plain = value.Length > 0;
        foreach (char c in value)
            plain &= char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '/' or '@' or '^' or '+';
        if (plain)
            text.Append(value);
        else
            AppendQuoted(text, value);
    }

    /// <summary>Go's %q: escapes what would break the line or affect the terminal.</summary>
    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        for (int i = 0; i < value.Length; i++)
            switch (value[i])
            {
                case '"' or '\\': text.Append('\\').Append(value[i]); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                default: TerminalText.Append(text, value, i); break;
            }
        text.Append('"');
    }
}

/// <summary>What a log line says of a failure besides its message.</summary>
internal sealed record LogFailure
{
    public required string Code { get; init; }

    public string? Stage { get; init; }

    public string? Pointer { get; init; }

    public string? Call { get; init; }

    public string? Subject { get; init; }

    /// <summary>Decimal.</summary>
    public string? Errno { get; init; }

    public string? Hint { get; init; }

    public static LogFailure From(Exception e) => e switch
    {
        ContainerException failure => new()
        {
            Code = failure.Code.Text,
            Stage = Progress.NameOf(failure.Stage),
            Pointer = failure.Pointer,
            Call = failure.Call,
            Subject = failure.Subject,
            Errno = failure.Errno == 0 ? null : failure.Errno.ToString(CultureInfo.InvariantCulture),
            Hint = failure.Hint,
        },
        SysException refused => From(ContainerException.From(ErrorCode.Of(refused), refused, "")),
        UsageException => new() { Code = ErrorCode.UsageFlag.Text },
        _ => new() { Code = ErrorCode.Internal.Text },
    };
}
