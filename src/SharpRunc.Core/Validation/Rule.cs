using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>What the rules share: how one is said to be broken, and the shapes that several look at.</summary>
internal static class Rule
{
    public static ContainerException Broken(string pointer, string what, string? hint = null) => new($"{pointer}: {what}") { Pointer = pointer, Hint = hint };

    public static void MustBeOneOf(string pointer, string value, string[] allowed)
    {
        if (Array.IndexOf(allowed, value) < 0)
            throw Broken(pointer, $"expected one of {string.Join(", ", allowed)}; got \"{value}\"");
    }

    public static void MustBeAbsolute(string pointer, string path)
    {
        if (!path.StartsWith('/'))
            throw Broken(pointer, $"must be an absolute path; got \"{path}\"");
    }

    public static void MustBeWithin(string pointer, long value, long min, long max)
    {
        if (value < min || value > max)
            throw Broken(pointer, $"expected an integer from {min} to {max}; got {value}");
    }

    /// <summary>A list of processors or memory nodes as the kernel writes it: <c>0-3,7</c>. Only its letters: the machine says what exists.</summary>
    public static void MustBeList(string pointer, string? list, string letters = "0123456789,-")
    {
        if (list != null && list.AsSpan().ContainsAnyExcept(letters))
            throw Broken(pointer, $"expected a list like \"0-3,7\"; got \"{list}\"");
    }

    /// <summary>A list of processors or memory nodes that is turned into a mask.</summary>
    /// <param name="limit">No number may reach it.</param>
    public static void MustBeNumbers(string pointer, string? list, int limit)
    {
        if (list != null && NumberList.TryParse(list, limit) is null)
            throw Broken(pointer, $"expected a list like \"0-3,7\", of numbers below {limit}; got \"{list}\"");
    }

    public static void MustHaveNoNewline(string pointer, string? text)
    {
        if (text != null && text.Contains('\n'))
            throw Broken(pointer, "must not contain a newline");
    }
}
