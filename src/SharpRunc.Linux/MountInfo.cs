using System;
using System.Collections.Generic;
using System.Text;

namespace SharpRunc.Linux;

/// <summary>One mount in this process' namespace, reduced to the fields that are used (proc_pid_mountinfo(5)).</summary>
/// <param name="Point">The mount point, relative to the root.</param>
/// <param name="Type">The file system type: <c>proc</c>, <c>ext4</c>.</param>
internal readonly record struct MountInfo(ulong Id, string Point, string Type)
{
    /// <summary>In mount order.</summary>
    public static List<MountInfo> Read()
    {
        using Fd file = ProcFs.OpenOwn("mountinfo");
        return Parse(KernelText.Decode(Sys.ReadAll(file, "/proc/self/mountinfo")));
    }

    /// <summary>Of another process, as seen from its root.</summary>
    public static List<MountInfo> Read(int pid) => Parse(Sys.ReadText(Fd.Cwd, $"/proc/{pid}/mountinfo"));

    /// <summary><c>36 35 98:0 /root /point options optional… - type source super-options</c>.</summary>
    public static List<MountInfo> Parse(string text)
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
