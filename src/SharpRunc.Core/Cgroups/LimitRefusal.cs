using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Puts into words why the kernel has refused a limit, with the values that it would accept: engines show nothing else.</summary>
internal static class LimitRefusal
{
    /// <param name="file">The one that was written; it may be the write's second choice.</param>
    /// <param name="value">What was written; one line, where each is written separately.</param>
    public static ContainerException Explain(CgroupDirectory directory, CgroupWrite write, string file, string value, int errno)
    {
        string path = directory.Path + "/" + file;
        if (errno == ENOENT)
            return Missing(directory, write, path, value);
        string operation = $"cannot write {value}";
        ErrorCode code = ErrorCode.CgroupLimit;
        if (errno == EBUSY && file.StartsWith("memory.", StringComparison.Ordinal))
        {
            string? usage = directory.TryRead("memory.usage_in_bytes")?.Trim();
            string? peak = directory.TryRead("memory.max_usage_in_bytes")?.Trim();
            code = ErrorCode.CgroupMemoryInUse;
            operation = $"unable to set memory limit to {value} (current usage: {usage}, peak usage: {peak})";
        }
        SysException refusal = new("write", path, errno);
        if (Allowed(file, errno) is not { } allowed)
            return ContainerException.From(code, refusal, operation, write.Pointer);
        return new(code, $"{operation}: {refusal.Message} ({allowed})", refusal)
        {
            Pointer = write.Pointer,
            Call = refusal.Call,
            Subject = refusal.Subject,
            Errno = errno,
        };
    }

    /// <summary>
    /// Avoids errno's wording: Docker and Podman take "no such file or directory" for a missing program and exit with 127.
    /// </summary>
    private static ContainerException Missing(CgroupDirectory directory, CgroupWrite write, string path, string value)
    {
        bool lacksController = directory.IsUnified && write.Controller.Length > 0
            && Array.IndexOf((directory.TryRead("cgroup.controllers") ?? "").Trim().Split(' '), write.Controller) < 0;
        string why = lacksController ? $"the {write.Controller} controller is not available to this cgroup" : "the kernel has no such file";
        return new(lacksController ? ErrorCode.CgroupController : ErrorCode.CgroupLimit, $"cannot write {value} to {path}: {why}")
        {
            Pointer = write.Pointer,
            Call = "openat",
            Subject = path,
            Errno = ENOENT,
            Hint = lacksController ? $"see cgroup.controllers there and above: {why}" : why,
        };
    }

    /// <summary>null: the kernel's errno says enough.</summary>
    private static string? Allowed(string file, int errno) => file switch
    {
        "cpu.cfs_quota_us" when errno == EINVAL
            => "allowed: -1, or at least 1000 microseconds and no larger share of the period than the cgroups above have",
        "cpu.cfs_period_us" when errno == EINVAL => "allowed: 1000 to 1000000 microseconds",
        "cpu.max" when errno == EINVAL => "allowed: a quota of at least 1000 and a period of 1000 to 1000000 microseconds",
        "cpuset.cpus" when errno is EINVAL or ERANGE or EACCES
            => $"allowed: CPUs of the cgroup above; this machine's are {Online("cpu")}",
        "cpuset.mems" when errno is EINVAL or ERANGE or EACCES
            => $"allowed: nodes of the cgroup above; this machine's are {Online("node")}",
        _ => null,
    };

    private static string Online(string kind)
    {
        try
        {
            return Sys.ReadText(Fd.Cwd, $"/sys/devices/system/{kind}/online").Trim();
        }
        catch (SysException)
        {
            return "unknown";
        }
    }
}
