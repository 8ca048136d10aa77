using System.Text;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Init;

/// <summary>user_namespaces(7), time_namespaces(7): what the parent writes for a child that waits.</summary>
internal static class IdMaps
{
    public static void Write(ProcFs proc, int pid, Spec.Linux linux)
    {
        Write(proc, $"{pid}/gid_map", linux.GidMappings, "/linux/gidMappings");
        Write(proc, $"{pid}/uid_map", linux.UidMappings, "/linux/uidMappings");
    }

    /// <summary>config-linux.md#offset-for-time-namespace: before anyone enters the namespace.</summary>
    public static void WriteOffsets(ProcFs proc, int pid, TimeOffsets? offsets)
    {
        StringBuilder lines = new();
        if (offsets?.Monotonic is { } monotonic)
            lines.Append($"monotonic {monotonic.Secs} {monotonic.Nanosecs}\n");
        if (offsets?.Boottime is { } boottime)
            lines.Append($"boottime {boottime.Secs} {boottime.Nanosecs}\n");
        if (lines.Length > 0)
            Write(proc, $"{pid}/timens_offsets", lines.ToString(), "/linux/timeOffsets");
    }

    private static void Write(ProcFs proc, string file, IdMapping[] mappings, string pointer)
    {
        StringBuilder lines = new();
        foreach (IdMapping mapping in mappings)
            lines.Append($"{mapping.ContainerId} {mapping.HostId} {mapping.Size}\n");
        if (lines.Length > 0)
            Write(proc, file, lines.ToString(), pointer);
    }

    private static void Write(ProcFs proc, string file, string text, string pointer)
    {
        try
        {
            proc.Write(file, text);
        }
        catch (SysException e)
        {
            throw ContainerException.From(e, "the kernel refuses the mapping", pointer);
        }
    }
}
