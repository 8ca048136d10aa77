using System;

namespace SharpRunc.Core.Spec;

/// <summary>Formats times as callers parse them. Arithmetic only: no time zone is ever loaded.</summary>
internal static class Rfc3339
{
    /// <summary><c>2026-11-21T01:30:00.123456789Z</c>; trailing zeros of the fraction are omitted, as in Go's RFC3339Nano.</summary>
    public static string Nano(long unixNanoseconds)
    {
        (long seconds, long nanoseconds) = Math.DivRem(unixNanoseconds, 1_000_000_000);
        if (nanoseconds < 0)
            (seconds, nanoseconds) = (seconds - 1, nanoseconds + 1_000_000_000);
        DateTime time = DateTime.UnixEpoch.AddTicks(seconds * TimeSpan.TicksPerSecond);
        Span<char> text = stackalloc char[30];
        Digits(text, 0, 4, time.Year, '-');
        Digits(text, 5, 2, time.Month, '-');
        Digits(text, 8, 2, time.Day, 'T');
        Digits(text, 11, 2, time.Hour, ':');
        Digits(text, 14, 2, time.Minute, ':');
        Digits(text, 17, 2, time.Second, '.');
        Digits(text, 20, 9, (int)nanoseconds, 'Z');
        int length = 29;
        while (text[length - 1] == '0')
            length--;
        if (text[length - 1] == '.')
            length--;
        text[length] = 'Z';
        return new string(text[..(length + 1)]);
    }

    private static void Digits(Span<char> text, int start, int count, int value, char then)
    {
        for (int i = count - 1; i >= 0; i--, value /= 10)
            text[start + i] = (char)('0' + value % 10);
        text[start + count] = then;
    }
}
