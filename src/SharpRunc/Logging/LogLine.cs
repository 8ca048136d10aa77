using System;
using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using SharpRunc.Core;
using SharpRunc.Core.Containers;

namespace SharpRunc.Logging;

/// <summary>One line of the log, in logrus's text or JSON form: containerd reads level, msg and time and passes over the other keys.</summary>
internal sealed class LogLine
{
    public required LogLevel Level { get; init; }

    public required string Message { get; init; }

    /// <summary>RFC 3339.</summary>
    public required string Time { get; init; }

    /// <summary>Where it was written; null without --debug.</summary>
    public LogEvent? Event { get; init; }

    public Exception? Exception { get; init; }

    public byte[] ToJson()
    {
        ArrayBufferWriter<byte> buffer = new(512);
        using Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true });
        json.WriteStartObject();
        json.WriteString("level"u8, LevelName(Level));
        json.WriteString("msg"u8, Message);
        json.WriteString("time"u8, Time);
        if (Exception is ContainerException failure)
        {
            if (failure.Pointer is not null)
                json.WriteString("pointer"u8, failure.Pointer);
            if (failure.Call is not null)
                json.WriteString("call"u8, failure.Call);
            if (failure.Errno != 0)
                json.WriteNumber("errno"u8, failure.Errno);
            if (failure.Hint is not null)
                json.WriteString("hint"u8, failure.Hint);
        }
        if (Event is not null)
        {
            json.WriteString("func"u8, Event.Member);
            json.WriteString("file"u8, Place(Event));
        }
        json.WriteEndObject();
        json.Flush();
        return [.. buffer.WrittenSpan, (byte)'\n'];
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
        return Encoding.UTF8.GetBytes(text.Append('\n').ToString());
    }

    /// <summary>logrus's names.</summary>
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

    /// <summary>Go's %q: what would break the line or the terminal is escaped.</summary>
    private static void AppendQuoted(StringBuilder text, string value)
    {
        text.Append('"');
        foreach (char c in value)
            switch (c)
            {
                case '"' or '\\': text.Append('\\').Append(c); break;
                case '\n': text.Append("\\n"); break;
                case '\r': text.Append("\\r"); break;
                case '\t': text.Append("\\t"); break;
                case < ' ' or '\x7f': text.Append("\\x").Append(((int)c).ToString("x2")); break;
                default: text.Append(c); break;
            }
        text.Append('"');
    }
}
