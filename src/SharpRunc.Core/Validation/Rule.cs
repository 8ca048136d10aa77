using System;
using System.Collections.Generic;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>Shared by the rules: the error for a broken rule, and the formats that several of them check.</summary>
internal static class Rule
{
    public static ContainerException Broken(string pointer, string what, string? hint = null)
        => Broken(ErrorCode.ConfigValue, pointer, what, hint);

    public static ContainerException Broken(ErrorCode code, string pointer, string what, string? hint = null)
        => new(code, $"{pointer}: {what}") { Pointer = pointer, Hint = hint };

    /// <summary>"with the same semantics as IEEE Std 1003.1-2008's environ".</summary>
    public static void MustBeEnvironment(string pointer, string[] env)
    {
        for (int i = 0; i < env.Length; i++)
        {
            int equals = env[i].IndexOf('=');
            if (equals <= 0)
                throw Broken($"{pointer}/{i}", equals < 0 ? $"missing '=' in \"{env[i]}\"" : $"the name must not be empty in \"{env[i]}\"");
            if (env[i].Contains('\0'))
                throw Broken($"{pointer}/{i}", "must not contain a NUL character");
        }
    }

    /// <param name="words">A prefix that callers look for.</param>
    public static void MustBeOneOf(string pointer, string value, string[] allowed, string words = "")
    {
        if (Array.IndexOf(allowed, value) < 0)
            throw NotOneOf(pointer, value, allowed, words);
    }

    public static ContainerException NotOneOf(string pointer, string value, string[] allowed, string words = "")
        => Broken(pointer, $"{words}expected one of {string.Join(", ", allowed)}; got \"{value}\"");

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

    /// <summary>A list of CPUs or memory nodes that is converted to a mask; which of them exist depends on the machine.</summary>
    /// <param name="limit">All numbers are below it.</param>
    /// <param name="words">A prefix that callers look for.</param>
    public static void MustBeNumbers(string pointer, string? list, int limit, string words = "")
    {
        if (list is not null && NumberList.TryParse(list, limit) is null)
            throw NoList(pointer, list, limit, words);
    }

    /// <summary>A list that the kernel itself parses.</summary>
    /// <param name="limit">All numbers are below it.</param>
    public static void MustBeKernelList(string pointer, string? list, int limit)
    {
        if (list is not null && !NumberList.IsList(list, limit))
            throw NoList(pointer, list, limit);
    }

    private static ContainerException NoList(string pointer, string list, int limit, string words = "")
        => Broken(pointer, $"{words}expected a list like \"0-3,7\", of numbers below {limit}; got \"{list}\"");

    public static void MustHaveNoNewline(string pointer, string? text)
    {
        if (text is not null && text.Contains('\n'))
            throw Broken(pointer, "must not contain a newline");
    }
}

/// <summary>What the rules need besides the config, and the warnings that they produce.</summary>
internal sealed class ValidationContext
{
    /// <summary>--no-pivot.</summary>
    public bool NoPivot { get; init; }

    /// <summary>The runtime's effective user id is not 0.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>The network namespace that the config names by path is the host's (compared by inode).</summary>
    public bool HostNetwork { get; init; }

    public List<string> Warnings { get; } = [];
}
