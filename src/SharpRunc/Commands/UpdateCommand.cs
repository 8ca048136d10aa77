using SharpRunc.Parsing;

namespace SharpRunc.Commands;

internal static class UpdateCommand
{
    public static readonly Command Command = new("update", "<container-id>", "change a container's resource limits")
    {
        Flags =
        [
            new("resources", 'r', FlagKind.Text, "file with the resources as JSON; - is stdin"),
            new("blkio-weight", '\0', FlagKind.Text, "share of the disks: 10 to 1000"),
            new("cpu-period", '\0', FlagKind.Text, "microseconds that the quota is counted in"),
            new("cpu-quota", '\0', FlagKind.Text, "microseconds of all CPUs in a period"),
            new("cpu-burst", '\0', FlagKind.Text, "microseconds that may be saved up for a later period"),
            new("cpu-share", '\0', FlagKind.Text, "share of the CPUs, relative to other containers"),
            new("cpu-rt-period", '\0', FlagKind.Text, "microseconds that the realtime runtime is counted in"),
            new("cpu-rt-runtime", '\0', FlagKind.Text, "microseconds of realtime scheduling in a period"),
            new("cpuset-cpus", '\0', FlagKind.Text, "CPUs to use: 0-3,7"),
            new("cpuset-mems", '\0', FlagKind.Text, "memory nodes to use: 0,1"),
            new("cpu-idle", '\0', FlagKind.Text, "1: only what nobody else wants"),
            new("memory", '\0', FlagKind.Text, "memory limit: bytes, or with k, m or g; -1 is none"),
            new("memory-reservation", '\0', FlagKind.Text, "what is kept when memory is short"),
            new("memory-swap", '\0', FlagKind.Text, "limit of memory and swap together; -1 is none"),
            new("pids-limit", '\0', FlagKind.Text, "number of processes; -1 is any"),
            new("l3-cache-schema", '\0', FlagKind.Text, "Intel RDT: the L3 cache schema"),
            new("mem-bw-schema", '\0', FlagKind.Text, "Intel RDT: the memory bandwidth schema"),
            new("kernel-memory", '\0', FlagKind.Text, "obsolete", Hidden: true),
            new("kernel-memory-tcp", '\0', FlagKind.Text, "obsolete", Hidden: true),
        ],
    };
}
