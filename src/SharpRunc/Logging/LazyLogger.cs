using System;
using Microsoft.Extensions.Logging;

namespace SharpRunc.Logging;

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
