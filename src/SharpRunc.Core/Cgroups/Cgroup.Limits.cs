using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// Limits: writes the plan file by file.
internal sealed partial class Cgroup
{
    /// <summary>
    /// Only root in the initial user namespace may. Other users cannot create device nodes either: they reach only nodes of the host,
    /// through bind mounts and subject to the host's permissions.
    /// </summary>
    internal static bool CanSetDeviceRules => Sys.GetEuid() == 0 && !UserNamespace.IsNested();

    /// <summary>Whether BFQ is present, so that its weights count.</summary>
    internal bool HasBfq
    {
        get
        {
            using Fd? weight = UnifiedDirectory?.TryOpenFile("io.bfq.weight", O_RDONLY, out _);
            return weight is not null;
        }
    }

    internal PresentCpu PresentCpu()
    {
        foreach (CgroupDirectory directory in directories)
            if (directory.Has("cpu"))
                return Cgroups.PresentCpu.Parse(directory.TryRead("cpu.idle"), null);
        return UnifiedDirectory is { } unified ? Cgroups.PresentCpu.Parse(unified.TryRead("cpu.idle"), unified.TryRead("cpu.max")) : default;
    }

    /// <exception cref="ContainerException">Names the property and the kernel's file.</exception>
    internal void Apply(CgroupPlan plan)
    {
        List<CgroupWrite>? later = null;
        foreach (CgroupWrite write in plan.Writes)
        {
            if (isPartial && (write.Flags & WriteFlags.InitialUserNamespace) != 0)
                continue;
            CgroupDirectory directory = DirectoryOf(plan, write);
            if (plan.CheckMemoryFirst && write.File == "memory.max")
                RequireRoom(directory, write);
            int error = TryWrite(directory, write, out string file, out string value);
            if (error == -EINVAL && (write.Flags & WriteFlags.OrLater) != 0)
                (later ??= []).Add(write);
            else if (error < 0)
                throw Failed(directory, write, file, value, -error);
        }
        if (later is not null)
            foreach (CgroupWrite write in later)
            {
                CgroupDirectory directory = DirectoryOf(plan, write);
                int error = TryWrite(directory, write, out string file, out string value);
                if (error < 0)
                    throw Failed(directory, write, file, value, -error);
            }
        if (plan.Devices is { } devices && UnifiedDirectory is { } unified)
            V2.DeviceProgram.Attach(unified.Open(), devices, unified.IsFresh, unified.Path);
    }

    private CgroupDirectory DirectoryOf(CgroupPlan plan, CgroupWrite write)
    {
        foreach (CgroupDirectory directory in directories)
            if (plan.IsV2 ? directory.IsUnified : directory.Has(write.Controller))
                return directory;
        if (isPartial)
            throw new ContainerException("rootless needs no limits + no cgrouppath when no permission is granted for cgroups")
            {
                Pointer = write.Pointer,
                Errno = EACCES,
                Hint = "ask for no limits, or have a cgroup delegated: systemd does that for users on cgroup v2",
            };
        throw new ContainerException($"{write.File}: the container has no cgroup of the {write.Controller} controller") { Pointer = write.Pointer };
    }

    /// <summary>Returns 0 or a negative errno, and which file and value it concerns.</summary>
    private static int TryWrite(CgroupDirectory directory, CgroupWrite write, out string file, out string value)
    {
        (file, value) = (write.File, write.Value);
        Fd? opened = directory.TryOpenFile(file, O_WRONLY, out int error);
        if (error == -ENOENT && write.ElseFile is not null)
        {
            (file, value) = (write.ElseFile, write.ElseValue!);
            opened = directory.TryOpenFile(file, O_WRONLY, out error);
        }
        using Fd? writable = opened;
        if (writable is not null)
        {
            Steps.Say($"{directory.Path}/{file}: {value}");
            error = (write.Flags & WriteFlags.Lines) == 0 ? Sys.TryWrite(writable, KernelText.Encode(value), file)
                : TryWriteLines(writable, file, ref value);
        }
        bool tolerated = error == -ENOENT && writable is null && (write.Flags & WriteFlags.MayBeMissing) != 0
            || error == -EPERM && (write.Flags & WriteFlags.InitialUserNamespace) != 0 && !CanSetDeviceRules
            || error is -ENODEV or -EOPNOTSUPP && (write.Flags & WriteFlags.MayBeUnsupported) != 0;
        return tolerated ? 0 : error;
    }

    private static int TryWriteLines(Fd writable, string file, ref string value)
    {
        foreach (string line in value.TrimEnd('\n').Split('\n'))
        {
            // An empty value is valid (cpuset.cpus: inherit from above), but a write of zero bytes would not reach the file.
            int error = Sys.TryWrite(writable, KernelText.Encode(line.Length == 0 ? "\n" : line), file);
            if (error < 0)
            {
                value = line;
                return error;
            }
        }
        return 0;
    }

    /// <summary>
    /// config-linux.md#memory, checkBeforeUpdate: a limit below current usage MUST be rejected. v2 kernels would reclaim and kill instead.
    /// </summary>
    private static void RequireRoom(CgroupDirectory directory, CgroupWrite write)
    {
        if (long.TryParse(write.Value, out long limit) && long.TryParse(directory.TryRead("memory.current").AsSpan().Trim(), out long usage) && limit < usage)
            throw new ContainerException($"unable to set memory limit to {limit} (current usage: {usage})") { Pointer = write.Pointer };
    }

    private static ContainerException Failed(CgroupDirectory directory, CgroupWrite write, string file, string value, int errno)
    {
        string path = directory.Path + "/" + file;
        string operation = $"cannot write {value}";
        // Avoids errno's wording: Docker and Podman take "no such file or directory" for a missing program and exit with 127.
        if (errno == ENOENT)
        {
            bool lacksController = directory.IsUnified && write.Controller.Length > 0
                && Array.IndexOf((directory.TryRead("cgroup.controllers") ?? "").Trim().Split(' '), write.Controller) < 0;
            string why = lacksController ? $"the {write.Controller} controller is not available to this cgroup" : "the kernel has no such file";
            return new($"cannot write {value} to {path}: {why}")
            {
                Pointer = write.Pointer,
                Call = "openat",
                Errno = errno,
                Hint = lacksController ? $"see cgroup.controllers there and above: {why}" : why,
            };
        }
        if (errno == EBUSY && file.StartsWith("memory.", StringComparison.Ordinal))
            operation = $"unable to set memory limit to {value} (current usage: {directory.TryRead("memory.usage_in_bytes")?.Trim()}, "
                + $"peak usage: {directory.TryRead("memory.max_usage_in_bytes")?.Trim()})";
        SysException refusal = new("write", path, errno);
        return Allowed(file, errno) is not { } allowed ? ContainerException.From(refusal, operation, write.Pointer)
            : new($"{operation}: {refusal.Message} ({allowed})", refusal) { Pointer = write.Pointer, Call = refusal.Call, Errno = errno };
    }

    /// <summary>The values that the kernel accepts. They belong in the message because engines show nothing else.</summary>
    private static string? Allowed(string file, int errno) => file switch
    {
        "cpu.cfs_quota_us" when errno == EINVAL => "allowed are -1 and 1000 or more microseconds, and no larger share of the period than the cgroups above have",
        "cpu.cfs_period_us" when errno == EINVAL => "allowed are 1000 to 1000000 microseconds",
        "cpu.max" when errno == EINVAL => "allowed are a quota of 1000 or more and a period of 1000 to 1000000 microseconds",
        "cpuset.cpus" when errno is EINVAL or ERANGE or EACCES => $"allowed are CPUs that the cgroup above has; this machine's are {Online("cpu")}",
        "cpuset.mems" when errno is EINVAL or ERANGE or EACCES => $"allowed are nodes that the cgroup above has; this machine's are {Online("node")}",
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
            return "not known";
        }
    }
}
