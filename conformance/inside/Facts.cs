using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using System.Text.Json;

namespace SharpRunc.Conformance.Inside;

/// <summary>All that a process can tell about itself.</summary>
internal static unsafe class Facts
{
    private static readonly string[] Types = ["pid", "net", "mnt", "ipc", "uts", "user", "cgroup", "time"];

    public static void Write(Utf8JsonWriter json)
    {
        Args(json);
        json.WriteString("cwd", Environment.CurrentDirectory);
        json.WriteNumber("pid", Environment.ProcessId);
        uint mask = LibC.umask(0);
        json.WriteNumber("umask", mask);
        _ = LibC.umask(mask);
        Status(json);
        Namespaces(json);
        Lines(json, "mounts", "/proc/self/mountinfo");
        Lines(json, "cgroup", "/proc/self/cgroup");
        Text(json, "oomScoreAdj", "/proc/self/oom_score_adj");
        Text(json, "hostname", "/proc/sys/kernel/hostname");
        Text(json, "domainname", "/proc/sys/kernel/domainname");
        Text(json, "personality", "/proc/self/personality");
        Text(json, "limits", "/proc/self/limits");
        Text(json, "stat", "/proc/self/stat");
        Text(json, "timeOffsets", "/proc/self/timens_offsets");
        Numbers(json);
        json.WriteStartObject("rlimits");
        ulong* limit = stackalloc ulong[2];
        for (int resource = 0; resource < LimitNames.Length; resource++)
        {
            json.WriteStartArray(LimitNames[resource]);
            if (LibC.getrlimit(resource, limit) == 0)
                for (int i = 0; i < 2; i++)
                    json.WriteNumberValue(limit[i]);
            json.WriteEndArray();
        }
        json.WriteEndObject();
    }

    public static void Args(Utf8JsonWriter json)
    {
        Strings(json, "args", "/proc/self/cmdline");
        Strings(json, "env", "/proc/self/environ");
    }

    public static void Namespaces(Utf8JsonWriter json, string name = "namespaces", string directory = "/proc/self/ns")
    {
        json.WriteStartObject(name);
        foreach (string type in Types)
            if (LibC.ReadLink($"{directory}/{type}") is { } link)
                json.WriteString(type, link);
        json.WriteEndObject();
    }

    public static void Lines(Utf8JsonWriter json, string name, string file)
    {
        json.WriteStartArray(name);
        foreach (string line in Read(file).Split('\n', StringSplitOptions.RemoveEmptyEntries))
            json.WriteStringValue(line);
        json.WriteEndArray();
    }

    public static void Text(Utf8JsonWriter json, string name, string file) => json.WriteString(name, Read(file).TrimEnd('\n'));

    private static void Strings(Utf8JsonWriter json, string name, string file)
    {
        string[] strings = Read(file).Split('\0');
        json.WriteStartArray(name);
        for (int i = 0; i < strings.Length - 1; i++)
            json.WriteStringValue(strings[i]);
        json.WriteEndArray();
    }

    private static void Status(Utf8JsonWriter json)
    {
        json.WriteStartObject("status");
        foreach (string line in Read("/proc/self/status").Split('\n'))
            if (line.IndexOf(':', StringComparison.Ordinal) is > 0 and int colon)
                json.WriteString(line[..colon], line[(colon + 1)..].Trim());
        json.WriteEndObject();
    }

    private static void Numbers(Utf8JsonWriter json)
    {
        byte* attributes = stackalloc byte[64];
        if (LibC.syscall(LibC.SYS_sched_getattr, 0, (nint)attributes, 48, 0) == 0)
        {
            json.WriteNumber("schedulerPolicy", *(uint*)(attributes + 4));
            json.WriteNumber("nice", *(int*)(attributes + 16));
            json.WriteNumber("schedulerPriority", *(uint*)(attributes + 20));
        }
        json.WriteNumber("ioPriority", LibC.syscall(LibC.SYS_ioprio_get, 1, 0, 0, 0));
        json.WriteStartArray("terminals");
        for (int fd = 0; fd < 3; fd++)
            json.WriteBooleanValue(LibC.isatty(fd) == 1);
        json.WriteEndArray();
        ushort* size = stackalloc ushort[4];
        if (LibC.ioctl(0, LibC.TIOCGWINSZ, size) == 0)
        {
            json.WriteNumber("height", size[0]);
            json.WriteNumber("width", size[1]);
        }
        byte* names = stackalloc byte[6 * 65];
        if (LibC.uname(names) == 0)
            json.WriteString("machine", new string((sbyte*)names + 4 * 65));
        json.WriteStartArray("descriptors");
        foreach (string fd in Descriptors())
            json.WriteStringValue(fd);
        json.WriteEndArray();
    }

    /// <summary>Those that are open, without the one that lists them.</summary>
    private static List<string> Descriptors()
    {
        List<string> list = [];
        for (int fd = 0; fd < 256; fd++)
            if (LibC.fcntl(fd, 1, 0) >= 0)
                list.Add($"{fd} {LibC.ReadLink($"/proc/self/fd/{fd}")}");
        return list;
    }

    internal static string Read(string file)
    {
        try
        {
            // What procfs and sysfs say of a file's length is not true.
            using FileStream stream = new(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            using MemoryStream all = new();
            stream.CopyTo(all);
            return Encoding.UTF8.GetString(all.ToArray());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    /// <summary>In the order of their numbers.</summary>
    private static readonly string[] LimitNames =
    [
        "RLIMIT_CPU", "RLIMIT_FSIZE", "RLIMIT_DATA", "RLIMIT_STACK", "RLIMIT_CORE", "RLIMIT_RSS", "RLIMIT_NPROC", "RLIMIT_NOFILE",
        "RLIMIT_MEMLOCK", "RLIMIT_AS", "RLIMIT_LOCKS", "RLIMIT_SIGPENDING", "RLIMIT_MSGQUEUE", "RLIMIT_NICE", "RLIMIT_RTPRIO",
            "RLIMIT_RTTIME",
    ];
}
