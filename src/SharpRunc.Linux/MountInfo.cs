using System;
using System.Collections.Generic;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

/// <summary>One mount in this process' namespace, reduced to the fields that are used (proc_pid_mountinfo(5)).</summary>
/// <param name="Point">The mount point, relative to the root.</param>
/// <param name="Type">The file system type: <c>proc</c>, <c>ext4</c>.</param>
internal readonly record struct MountInfo(ulong Id, string Point, string Type)
{
    /// <summary>In mount order.</summary>
    public static List<MountInfo> Read()
    {
        using Fd file = Sys.OpenAt(Fd.Cwd, "/proc/self/mountinfo", O_RDONLY);
        return Parse(KernelText.Decode(Sys.ReadAll(file, "/proc/self/mountinfo")));
    }

    /// <summary><c>36 35 98:0 /root /point options optional… - type source super-options</c>.</summary>
    internal static List<MountInfo> Parse(string text)
    {
        List<MountInfo> mounts = [];
        Span<Range> left = stackalloc Range[6], right = stackalloc Range[2];
        foreach (Range part in text.AsSpan().Split('\n'))
        {
            ReadOnlySpan<char> line = text.AsSpan(part);
            int separator = line.IndexOf(" - ");
            if (separator < 0 || line[..separator].Split(left, ' ') < 6 || !ulong.TryParse(line[left[0]], out ulong id))
                continue;
            ReadOnlySpan<char> rest = line[(separator + 3)..];
            rest.Split(right, ' ');
            mounts.Add(new(id, Unescape(line[left[4]].ToString()), rest[right[0]].ToString()));
        }
        return mounts;
    }

    /// <summary>Space, tab, newline and backslash are written as octal escapes.</summary>
    private static string Unescape(string point)
        => !point.Contains('\\') ? point : point.Replace("\\040", " ").Replace("\\011", "\t").Replace("\\012", "\n").Replace("\\134", "\\");
}
