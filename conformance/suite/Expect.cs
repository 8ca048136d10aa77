using System;
using System.Collections.Generic;

namespace SharpRunc.Conformance;

/// <summary>What was expected, and what was seen instead.</summary>
internal static class Expect
{
    public static void That(bool condition, string otherwise)
    {
        if (!condition)
            throw new Failed(otherwise);
    }

    public static void Equal<T>(T expected, T seen, string what)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, seen))
            throw new Failed($"{what}: expected {Show(expected)}, seen {Show(seen)}");
    }

    public static void Different<T>(T unexpected, T seen, string what)
    {
        if (EqualityComparer<T>.Default.Equals(unexpected, seen))
            throw new Failed($"{what}: expected another than {Show(unexpected)}");
    }

    public static void Contains(string part, string whole, string what)
    {
        if (!whole.Contains(part, StringComparison.Ordinal))
            throw new Failed($"{what}: expected {Show(part)} in {Show(whole)}");
    }

    public static void Skip(bool when, string reason)
    {
        if (when)
            throw new Skipped(reason);
    }

    private static string Show<T>(T value)
        => value is string text ? $"\"{(text.Length > 300 ? text[..300] + "…" : text)}\"" : value?.ToString() ?? "nothing";
}
