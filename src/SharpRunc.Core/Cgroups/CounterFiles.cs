using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// The few formats in which cgroup files hold numbers. A value that is missing, or not counted by this kernel, is 0 or empty.
/// </summary>
internal static class CounterFiles
{
    /// <summary>The file's only number; "max" is <paramref name="max"/>.</summary>
    public static ulong Number(this CgroupDirectory directory, string file, ulong max = ulong.MaxValue)
    {
        string text = Text(directory, file).TrimEnd();
        return text == "max" ? max : Number(text);
    }

    /// <summary>"key number" lines, in the kernel's order.</summary>
    public static KeyValuePair<string, ulong>[] Pairs(this CgroupDirectory directory, string file)
    {
        string[][] pairs = Array.FindAll(directory.Lines(file), static fields => fields.Length == 2);
        return Array.ConvertAll(pairs, static fields => new KeyValuePair<string, ulong>(fields[0], Number(fields[1])));
    }

    public static ulong Get(this KeyValuePair<string, ulong>[] pairs, string key)
        => Array.Find(pairs, pair => pair.Key == key).Value;

    /// <summary>The words of each line.</summary>
    public static string[][] Lines(this CgroupDirectory directory, string file)
    {
        string[] lines = Text(directory, file).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return Array.ConvertAll(lines, static line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    /// <summary>A list in cpuset's format: 0-2,7.</summary>
    public static List<int> List(this CgroupDirectory directory, string file)
    {
        List<int> numbers = [];
        foreach (string range in Text(directory, file).Trim().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] ends = range.Split('-');
            ulong last = Math.Min(Number(ends[^1]), Spec.KernelNames.MaxCpus);
            for (ulong number = Number(ends[0]); number <= last; number++)
                numbers.Add((int)number);
        }
        return numbers;
    }

    /// <summary>
    /// "some avg10=0.12 avg60=… avg300=… total=…" and the same for "full"; null where the kernel does not track pressure.
    /// </summary>
    public static Pressure? Pressure(this CgroupDirectory directory, string file)
    {
        PressureLine some = default, full = default;
        string[][] lines = directory.Lines(file);
        foreach (string[] fields in lines)
            if (fields is [var kind, var avg10, var avg60, var avg300, var total])
            {
                PressureLine line = new(Percent(avg10), Percent(avg60), Percent(avg300), Number(Value(total)));
                if (kind == "some")
                    some = line;
                else
                    full = line;
            }
        return lines.Length == 0 ? null : new Pressure(some, full);
    }

    /// <summary>The numbers between a prefix and a suffix in the directory's file names: the page sizes that hugetlb counts.</summary>
    public static List<string> Between(this CgroupDirectory directory, string prefix, string suffix)
    {
        List<string> found = [];
        using Fd? listing = directory.TryOpenFile(".", O_RDONLY | O_DIRECTORY, out _);
        if (listing is null)
            return found;
        foreach (string name in Sys.ReadDirectory(listing, directory.Path))
        {
            bool matches = name.Length > prefix.Length + suffix.Length
                && name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal);
            if (matches && name.IndexOf('.', prefix.Length, name.Length - prefix.Length - suffix.Length) < 0)
                found.Add(name[prefix.Length..^suffix.Length]);
        }
        return found;
    }

    public static ulong Number(string text)
        => ulong.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out ulong number) ? number : 0;

    private static double Percent(string assignment)
    {
        string value = Value(assignment);
        return double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent) ? percent : 0;
    }

    private static string Value(string assignment) => assignment[(assignment.IndexOf('=') + 1)..];

    private static string Text(CgroupDirectory directory, string file)
    {
        try
        {
            return directory.TryRead(file) ?? "";
        }
        catch (SysException e) when (e.Errno is EOPNOTSUPP or EINVAL)
        {
            return ""; // pressure, when its tracking is turned off
        }
    }
}
