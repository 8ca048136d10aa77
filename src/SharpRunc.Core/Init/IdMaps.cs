using System;
using System.Collections.Generic;
using System.Text;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// user_namespaces(7), time_namespaces(7): writes the maps and offsets for a child that waits, and reads the maps of one that has joined.
/// </summary>
internal static class IdMaps
{
    /// <summary>
    /// The kernel lets ordinary users map only their own uid, and their own gid only once setgroups is denied. More is granted by
    /// /etc/subuid and /etc/subgid, through newuidmap(1) and newgidmap(1).
    /// </summary>
    /// <param name="pointer">Pointer to the object that has the uidMappings and gidMappings.</param>
    public static void Write(ProcFs proc, int pid, IdMapping[] uids, IdMapping[] gids, string pointer, bool privileged)
    {
        if (!privileged && gids is [{ Size: 1 } own] && own.HostId == Sys.GetEgid())
            Write(proc, $"{pid}/setgroups", "deny", $"{pointer}/gidMappings");
        Map(proc, pid, "gid_map", gids, "newgidmap", $"{pointer}/gidMappings");
        Map(proc, pid, "uid_map", uids, "newuidmap", $"{pointer}/uidMappings");
    }

    /// <summary>config-linux.md#offset-for-time-namespace: must be written before any process enters the namespace.</summary>
    /// <param name="process">A pid, or self.</param>
    public static void WriteOffsets(ProcFs proc, string process, TimeOffsets? offsets)
    {
        StringBuilder lines = new();
        if (offsets?.Monotonic is { } monotonic)
            lines.Append($"monotonic {monotonic.Secs} {monotonic.Nanosecs}\n");
        if (offsets?.Boottime is { } boottime)
            lines.Append($"boottime {boottime.Secs} {boottime.Nanosecs}\n");
        if (lines.Length > 0)
            Write(proc, $"{process}/timens_offsets", lines.ToString(), "/linux/timeOffsets");
    }

    /// <param name="file">uid_map or gid_map. The second number of a line is an id in our user namespace.</param>
    public static IdMapping[] OfProcess(int pid, string file) => Parse(Sys.ReadText(Fd.Cwd, $"/proc/{pid}/{file}"));

    /// <param name="map">In the kernel's format: three numbers per line.</param>
    public static IdMapping[] Parse(ReadOnlySpan<char> map)
    {
        IdMapping[] mappings = [];
        Span<Range> numbers = stackalloc Range[4];
        foreach (Range line in map.Split('\n'))
        {
            ReadOnlySpan<char> text = map[line];
            if (text.Split(numbers, ' ', StringSplitOptions.RemoveEmptyEntries) == 3)
                mappings = [.. mappings, new(uint.Parse(text[numbers[0]]), uint.Parse(text[numbers[1]]), uint.Parse(text[numbers[2]]))];
        }
        return mappings;
    }

    private static void Map(ProcFs proc, int pid, string file, IdMapping[] mappings, string tool, string pointer)
    {
        StringBuilder lines = new();
        foreach (IdMapping mapping in mappings)
            lines.Append($"{mapping.ContainerId} {mapping.HostId} {mapping.Size}\n");
        if (lines.Length == 0)
            return;
        string map = lines.ToString();
        Steps.Log($"{file} of process {pid}: {map.TrimEnd().Replace("\n", ", ", StringComparison.Ordinal)} (inside, outside, size)");
        try
        {
            Write(proc, $"{pid}/{file}", map, pointer);
        }
        catch (ContainerException e) when (e.Errno == EPERM)
        {
            MapBy(tool, pid, mappings, pointer);
        }
    }

    private static void MapBy(string tool, int pid, IdMapping[] mappings, string pointer)
    {
        List<string> arguments = [pid.ToString()];
        foreach (IdMapping mapping in mappings)
            arguments.AddRange([mapping.ContainerId.ToString(), mapping.HostId.ToString(), mapping.Size.ToString()]);
        try
        {
            Steps.Log($"{string.Join(' ', [tool, .. arguments])}: the kernel lets us map only our own id");
            HostProgram.Run(tool, [.. arguments]);
        }
        catch (ContainerException e)
        {
            string grants = tool == "newuidmap" ? SubordinateIds.Uids : SubordinateIds.Gids;
            throw new ContainerException(
                ErrorCode.NamespaceMap, $"the kernel lets us map only our own id, and another way fails: {e.Message}", e)
            {
                Pointer = pointer,
                Errno = e.Errno == 0 ? EPERM : e.Errno,
                Hint = e.Errno == ENOENT ? ToolIsMissing(tool) : $"{grants} must grant you these ids",
            };
        }
    }

    public static string ToolIsMissing(string tool)
        => $"install the package that contains {tool} (uidmap, shadow-utils), or map only your own id";

    private static void Write(ProcFs proc, string file, string text, string pointer)
    {
        try
        {
            proc.Write(file, text);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.NamespaceMap, e, "the kernel rejects the mapping", pointer);
        }
    }
}
