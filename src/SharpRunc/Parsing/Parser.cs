using System;
using System.Globalization;

namespace SharpRunc.Parsing;

/// <summary>An invalid command line; the message uses the wording of Go's flag package, which callers look for.</summary>
internal sealed class UsageException(string message) : Exception(message);

/// <summary><c>--flag value</c> or <c>--flag=value</c>, with one dash or two.</summary>
internal static class Parser
{
    private static readonly Flag Help = new("help", 'h', FlagKind.Switch, "show help");

    /// <summary>Reads the global flags, which precede the command, and returns the index of the first argument that is no flag.</summary>
    public static int ParseGlobal(ReadOnlySpan<string> args, Flag[] flags, Invocation into)
    {
        int at = 0;
        while (at < args.Length && IsFlag(args[at]))
            if (args[at++] == "--")
                break;
            else
                at = ParseFlag(args, at - 1, flags, into);
        return at;
    }

    /// <param name="interspersed">Known flags may also follow positional arguments; an unknown one there is taken for an argument.</param>
    public static Invocation Parse(ReadOnlySpan<string> args, Flag[] flags, bool interspersed)
    {
        Invocation into = new();
        int at = ParseGlobal(args, flags, into);
        bool ended = at > 0 && args[at - 1] == "--";
        while (at < args.Length)
            if (interspersed && !ended && args[at] == "--")
            {
                ended = true;
                at++;
            }
            else if (interspersed && !ended && IsFlag(args[at]) && Find(flags, NameOf(args[at], out _)) is not null)
                at = ParseFlag(args, at, flags, into);
            else
                into.Arguments.Add(args[at++]);
        return into;
    }

    /// <summary>A single dash is an argument.</summary>
    private static bool IsFlag(string arg) => arg.Length > 1 && arg[0] == '-';

    /// <summary>Reads the flag at an index and returns the index after the flag and its value.</summary>
    private static int ParseFlag(ReadOnlySpan<string> args, int at, Flag[] flags, Invocation into)
    {
        ReadOnlySpan<char> name = NameOf(args[at], out string? value);
        if (name.IsEmpty || name[0] == '-')
            throw new UsageException("bad flag syntax: " + args[at]);
        at++;
        Flag flag = Find(flags, name) ?? throw new UsageException(string.Concat("flag provided but not defined: -", name));
        if (flag.Kind == FlagKind.Switch)
            value ??= "true";
        if (value is null && at == args.Length)
            throw new UsageException(string.Concat("flag needs an argument: -", name));
        value ??= args[at++];
        Check(flag, name, value);
        if (ReferenceEquals(flag, Help))
            into.WantsHelp = Booleans.Parse(value) == true;
        else
            into.Add(flag, value);
        return at;
    }

    private static ReadOnlySpan<char> NameOf(string arg, out string? value)
    {
        ReadOnlySpan<char> name = arg.AsSpan(arg.StartsWith("--", StringComparison.Ordinal) ? 2 : 1);
        int equals = name.IndexOf('=');
        value = equals < 0 ? null : new string(name[(equals + 1)..]);
        return equals < 0 ? name : name[..equals];
    }

    private static Flag? Find(Flag[] flags, ReadOnlySpan<char> name)
    {
        foreach (Flag flag in flags)
            if (flag.Is(name))
                return flag;
        return Help.Is(name) ? Help : null;
    }

    private static void Check(Flag flag, ReadOnlySpan<char> name, string value)
    {
        if (flag.Kind == FlagKind.Switch && Booleans.Parse(value) is null)
            throw new UsageException($"invalid boolean value \"{value}\" for -{name}: parse error");
        if (flag.Kind == FlagKind.Number && !int.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out _))
            throw new UsageException($"invalid value \"{value}\" for flag -{name}: parse error");
        if (flag.Kind == FlagKind.Duration && GoDuration.Parse(value) is null)
            throw new UsageException($"invalid value \"{value}\" for flag -{name}: parse error");
    }
}
