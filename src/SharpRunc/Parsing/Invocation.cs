using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Parsing;

/// <summary>The result of matching a command line against a set of flags.</summary>
internal sealed class Invocation
{
    private readonly List<(Flag Flag, string Value)> given = [];

    /// <summary>The positional arguments.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>Whether -h or --help was given.</summary>
    public bool WantsHelp { get; set; }

    public string Id => Arguments[0];

    public void Add(Flag flag, string value) => given.Add((flag, value));

    /// <summary>Adds what another one was given of some flags. Returns whether it was given any.</summary>
    public bool AddFrom(Invocation other, Flag[] flags)
    {
        int before = given.Count;
        foreach ((Flag flag, string value) in other.given)
            if (Array.IndexOf(flags, flag) >= 0)
                Add(flag, value);
        return given.Count > before;
    }

    /// <summary>
    /// The last value given; null if there is none or if it is empty: callers write --user "" for no user, and runc ignores that too.
    /// </summary>
    public string? Text(string name)
    {
        for (int i = given.Count - 1; i >= 0; i--)
            if (given[i].Flag.Name == name)
                return given[i].Value.Length > 0 ? given[i].Value : null;
        return null;
    }

    /// <summary>All values given, in order.</summary>
    public List<string> All(string name)
    {
        List<string> values = [];
        foreach ((Flag flag, string value) in given)
            if (flag.Name == name)
                values.Add(value);
        return values;
    }

    /// <summary>The parser has checked that the value is a boolean.</summary>
    public bool Is(string name) => Text(name) is { } value && Booleans.Parse(value) == true;

    /// <summary>Nanoseconds, or null; the parser has checked that the value is a duration.</summary>
    public long? Duration(string name) => Text(name) is { } value ? GoDuration.Parse(value) : null;

    /// <summary>The parser has checked that the value is a number.</summary>
    public int Number(string name)
        => Text(name) is { } value ? int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
}

/// <summary>The spellings that Go's strconv.ParseBool accepts, which callers were written for.</summary>
internal static class Booleans
{
    public static bool? Parse(ReadOnlySpan<char> text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
