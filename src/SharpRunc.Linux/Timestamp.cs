using System;

namespace SharpRunc.Linux;

/// <summary>Times as the container world writes them: RFC 3339 in UTC. The local time zone would be read from a file, so it is never asked.</summary>
internal static class Timestamp
{
    private const long NanosecondsPerSecond = 1_000_000_000;

    /// <summary>With as many of nine decimals as are not zero at the end: <c>2026-01-02T03:04:05.06Z</c>.</summary>
    /// <param name="nanoseconds">Since 1970, UTC.</param>
    public static string Format(long nanoseconds)
    {
        Span<char> text = stackalloc char[32];
        int length = WriteSeconds(nanoseconds / NanosecondsPerSecond, text);
        int fraction = (int)(nanoseconds % NanosecondsPerSecond);
        if (fraction != 0)
        {
            text[length++] = '.';
            for (int unit = (int)NanosecondsPerSecond / 10; fraction > 0; unit /= 10)
            {
                text[length++] = (char)('0' + fraction / unit);
                fraction %= unit;
            }
        }
        text[length++] = 'Z';
        return new string(text[..length]);
    }

    /// <summary>Whole seconds: <c>2026-01-02T03:04:05Z</c>.</summary>
    public static string FormatSeconds(long nanoseconds) => Format(nanoseconds / NanosecondsPerSecond * NanosecondsPerSecond);

    private static int WriteSeconds(long seconds, Span<char> text)
    {
        DateTime time = DateTime.UnixEpoch.AddTicks(seconds * TimeSpan.TicksPerSecond);
        ReadOnlySpan<(int Value, int Digits, char After)> parts =
        [
            (time.Year, 4, '-'), (time.Month, 2, '-'), (time.Day, 2, 'T'), (time.Hour, 2, ':'), (time.Minute, 2, ':'), (time.Second, 2, '\0'),
        ];
        int at = 0;
        foreach ((int value, int digits, char after) in parts)
        {
            for (int i = digits - 1, rest = value; i >= 0; i--, rest /= 10)
                text[at + i] = (char)('0' + rest % 10);
            at += digits;
            if (after != '\0')
                text[at++] = after;
        }
        return at;
    }
}
