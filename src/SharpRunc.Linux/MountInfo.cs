using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Linux;

/// <summary>One mount in a mount namespace, reduced to the fields that are used (proc_pid_mountinfo(5)).</summary>
/// <param name="Device">The file system that is mounted, as <c>major:minor</c>.</param>
/// <param name="Root">What of it is mounted: a path in it.</param>
/// <param name="Point">The mount point, relative to the root.</param>
/// <param name="Type">The file system type: <c>proc</c>, <c>ext4</c>.</param>
internal readonly record struct MountInfo(ulong Id, string Device, string Root, string Point, string Type)
{
    /// <summary>100,000 mounts (fs.mount-max) in usual places, or 10,000 overlays of many layers.</summary>
    public const int MostBytes = 32 << 20;

    /// <summary>With two of the longest names.</summary>
    private const int LongestLine = 64 << 10;

    /// <summary>Of this process' namespace, in mount order.</summary>
    public static List<MountInfo> Read()
    {
        using Fd file = ProcFs.OpenOwn("mountinfo");
        return Parse(KernelText.Decode(Sys.ReadAll(file, "/proc/self/mountinfo", MostBytes)));
    }

    /// <summary>
    /// Of another process, as seen from its root. It may have made any number of mounts with names of any length, so none is kept.
    /// </summary>
    public static void ForEach(int pid, Action<MountInfo> look)
    {
        string path = $"/proc/{pid.ToString()}/mountinfo";
        using Fd file = Sys.OpenAt(Fd.Cwd, path, O_RDONLY);
        LineReader lines = new(file, new byte[LongestLine], path, MostBytes);
        while (lines.Next())
            if (TryParse(KernelText.Decode(lines.Line), out MountInfo mount))
                look(mount);
    }

    public static List<MountInfo> Parse(string text)
    {
        List<MountInfo> mounts = [];
        foreach (Range part in text.AsSpan().Split('\n'))
            if (TryParse(text.AsSpan(part), out MountInfo mount))
                mounts.Add(mount);
        return mounts;
    }

    /// <summary><c>36 35 98:0 /root /point options optional… - type source super-options</c>.</summary>
    private static bool TryParse(ReadOnlySpan<char> line, out MountInfo mount)
    {
        Span<Range> left = stackalloc Range[6], right = stackalloc Range[2];
        mount = default;
        int separator = line.IndexOf(" - ");
        if (separator < 0 || line[..separator].Split(left, ' ') < 6 || !ulong.TryParse(line[left[0]], out ulong id))
            return false;
        ReadOnlySpan<char> rest = line[(separator + 3)..];
        rest.Split(right, ' ');
        mount = new(id, line[left[2]].ToString(), Unescape(line[left[3]].ToString()), Unescape(line[left[4]].ToString()),
            rest[right[0]].ToString());
        return true;
    }

    /// <summary>A path as it is: mountinfo writes space, tab, newline and backslash as \ and three octal digits.</summary>
    public static string Unescape(string field)
    {
        if (!field.Contains('\\'))
            return field;
        StringBuilder text = new();
        for (int i = 0; i < field.Length; i++)
        {
            bool isEscape = field[i] == '\\' && i + 3 < field.Length;
            if (!isEscape)
            {
                text.Append(field[i]);
                continue;
            }
            int code = (field[i + 1] - '0') * 64 + (field[i + 2] - '0') * 8 + field[i + 3] - '0';
            text.Append((char)code);
            i += 3;
        }
        return text.ToString();
    }
}
