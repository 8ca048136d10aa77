using System;
using Microsoft.Extensions.Logging;
using SharpRunc.Core;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Logging;

/// <summary>Writes each line with a single write(2): to the log file, otherwise to stderr. Errors always reach stderr.</summary>
internal sealed class LineProvider(LogSettings settings) : ILoggerProvider
{
    public ILogger CreateLogger(string categoryName) => new LineLogger(settings);

    public void Dispose() { }
}

internal sealed class LineLogger(LogSettings settings) : ILogger
{
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        LogLine line = new()
        {
            Level = logLevel,
            Message = formatter(state, exception),
            Time = Rfc3339.Nano(Sys.RealtimeNanoseconds() / 1_000_000_000 * 1_000_000_000),
            Event = settings.Debug ? state as LogEvent : null,
            Exception = exception,
            Command = settings.Command,
            Id = settings.Id,
        };
        ReadOnlySpan<byte> bytes = settings.Json ? line.ToJson() : line.ToText();
        if (settings.File is null)
            Output.WriteError(bytes);
        else if (Sys.TryWrite(settings.File, bytes, "log").Failed)
            Output.WriteError(bytes); // a full disk must not hide why the container failed
        else if (logLevel >= LogLevel.Error)
            Output.WriteError(line.Message + "\n");
    }
}

/// <summary>Most runs log nothing, so the logging library is set up only when the first line is logged.</summary>
internal sealed class LazyLogger(LogSettings settings) : ILogger
{
    private ILogger? logger;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= (settings.Debug ? LogLevel.Debug : LogLevel.Information);

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel) || logLevel < LogLevel.Error && !settings.IsVerbose)
            return;
        logger ??= Create();
        logger.Log(logLevel, eventId, state, exception, formatter);
    }

    private ILogger Create()
    {
        LoggerFactory factory = new([new LineProvider(settings)], new LoggerFilterOptions { MinLevel = LogLevel.Debug });
        return factory.CreateLogger(Core.RuntimeContext.Name);
    }
}
