using System;
using System.Collections.Generic;
using System.Globalization;

namespace SharpRunc.Parsing;

/// <summary>What was given on the command line after a set of flags was matched.</summary>
internal sealed class Invocation
{
    private readonly List<(Flag Flag, string Value)> given = [];

    /// <summary>The positional arguments.</summary>
    public List<string> Arguments { get; } = [];

    /// <summary>-h or --help was among the flags.</summary>
    public bool WantsHelp { get; set; }

    public string Id => Arguments[0];

    public void Add(Flag flag, string value) => given.Add((flag, value));

    /// <summary>The last value given; null for none, and for one that is empty: callers write --user "" for no user, and runc hears none.</summary>
    public string? Text(string name)
    {
        for (int i = given.Count - 1; i >= 0; i--)
            if (given[i].Flag.Name == name)
                return given[i].Value.Length > 0 ? given[i].Value : null;
        return null;
    }

    /// <summary>Every value given, in order.</summary>
    public List<string> All(string name)
    {
        List<string> values = [];
        foreach ((Flag flag, string value) in given)
            if (flag.Name == name)
                values.Add(value);
        return values;
    }

    /// <summary>The parser has checked that it is true or false.</summary>
    public bool Is(string name) => Text(name) is { } value && Booleans.Parse(value) == true;

    /// <summary>Nanoseconds, or null; the parser has checked that it is a duration.</summary>
    public long? Duration(string name) => Text(name) is { } value ? GoDuration.Parse(value) : null;

    /// <summary>The parser has checked that it is a number.</summary>
    public int Number(string name) => Text(name) is { } value ? int.Parse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture) : 0;
}

/// <summary>The spellings of Go's strconv.ParseBool, which callers were written against.</summary>
internal static class Booleans
{
    public static bool? Parse(ReadOnlySpan<char> text) => text switch
    {
        "1" or "t" or "T" or "true" or "TRUE" or "True" => true,
        "0" or "f" or "F" or "false" or "FALSE" or "False" => false,
        _ => null,
    };
}
