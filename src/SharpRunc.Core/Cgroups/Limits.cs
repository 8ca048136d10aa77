using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>The limits of a cgroup: writes a plan file by file, and brings the former values back if an update fails halfway.</summary>
internal readonly struct Limits(Cgroup cgroup)
{
    /// <exception cref="ContainerException">Names the property and the kernel's file.</exception>
    public void Apply(CgroupPlan plan)
    {
        List<CgroupWrite>? later = null;
        foreach (CgroupWrite write in plan.Writes)
        {
            if (cgroup.IsPartial && (write.Flags & WriteFlags.InitialUserNamespace) != 0)
                continue;
            CgroupDirectory directory = DirectoryOf(plan, write);
            if (plan.CheckMemoryFirst && write.File == "memory.max")
                RequireRoom(directory, write);
            SysError error = TryWrite(directory, write, out string file, out string value);
            if (error.Errno == EINVAL && (write.Flags & WriteFlags.OrLater) != 0)
            {
                later ??= [];
                later.Add(write);
            }
            else if (error.Failed)
                throw LimitRefusal.Explain(directory, write, file, value, error.Errno);
        }
        if (later is not null)
            foreach (CgroupWrite write in later)
            {
                CgroupDirectory directory = DirectoryOf(plan, write);
                SysError error = TryWrite(directory, write, out string file, out string value);
                if (error.Failed)
                    throw LimitRefusal.Explain(directory, write, file, value, error.Errno);
            }
        if (plan.Devices is { } devices && cgroup.UnifiedDirectory is { } unified)
            V2.DeviceProgram.Attach(unified.Open(), devices, unified.IsFresh, unified.Path);
    }

    /// <summary>The present content of the files named by the plans, as a plan that restores it.</summary>
    public CgroupPlan Current(params ReadOnlySpan<CgroupPlan> plans)
    {
        List<CgroupWrite> former = [];
        foreach (CgroupPlan plan in plans)
            foreach (CgroupWrite write in plan.Writes)
                foreach (CgroupWrite value in Former(DirectoryOf(plan, write), write))
                    if (!former.Exists(other => (other.File, other.Value) == (value.File, value.Value)))
                        former.Add(value);
        return plans[0].With(former);
    }

    /// <summary>The limits of a plan that the kernel has not, or no longer.</summary>
    public List<LimitDrift> Drift(CgroupPlan plan)
    {
        List<LimitDrift> found = [];
        foreach (CgroupWrite write in plan.Writes)
            if ((plan.IsV2 ? cgroup.UnifiedDirectory : cgroup.Find(write.Controller)) is { } directory)
                found.AddRange(LimitDrift.Find(directory, write, Former(directory, write)));
        return found;
    }

    /// <summary>What brings back the present content of the file that the write is going to change.</summary>
    private static List<CgroupWrite> Former(CgroupDirectory directory, CgroupWrite write)
    {
        CgroupWrite written = write with { ElseFile = null, ElseValue = null };
        string? present = TryRead(directory, write.File);
        if (present is null && write.ElseFile is not null)
        {
            written = written with { File = write.ElseFile, Value = write.ElseValue! };
            present = TryRead(directory, written.File);
        }
        return present is null ? [] : FormerValue.From(written, present);
    }

    /// <summary>
    /// Restores as much as possible; values that bound each other may be refused at first, so a refused write is tried again after the
    /// others.
    /// </summary>
    /// <param name="former">From <see cref="Current"/>.</param>
    /// <param name="warn">Receives each value that could not be restored.</param>
    public void Restore(CgroupPlan former, Action<string> warn)
    {
        List<CgroupWrite> left = [];
        foreach (CgroupWrite write in former.Writes)
        {
            SysError error = TryWrite(DirectoryOf(former, write), write, out _, out _);
            if (error.Failed)
                left.Add(write);
        }
        foreach (CgroupWrite write in left)
        {
            CgroupDirectory directory = DirectoryOf(former, write);
            SysError error = TryWrite(directory, write, out string file, out string value);
            if (error.Failed)
                warn(LimitRefusal.Explain(directory, write, file, value, error.Errno).Message);
        }
    }

    private CgroupDirectory DirectoryOf(CgroupPlan plan, CgroupWrite write)
    {
        CgroupDirectory? directory = plan.IsV2 ? cgroup.UnifiedDirectory : cgroup.Find(write.Controller);
        if (directory is not null)
            return directory;
        if (cgroup.IsPartial)
            throw NoPermission(write);
        throw new ContainerException(
            ErrorCode.CgroupController, $"{write.File}: the container has no cgroup of the {write.Controller} controller")
        {
            Pointer = write.Pointer,
        };
    }

    public static ContainerException NoPermission(CgroupWrite write)
        => new(ErrorCode.CgroupPermission, "rootless needs no limits + no cgrouppath when no permission is granted for cgroups")
        {
            Pointer = write.Pointer,
            Errno = EACCES,
            Hint = "request no limits, or have systemd delegate a cgroup (--systemd-cgroup, cgroup v2)",
        };

    /// <summary>Also returns which file and value the error concerns.</summary>
    private static SysError TryWrite(CgroupDirectory directory, CgroupWrite write, out string file, out string value)
    {
        (file, value) = (write.File, write.Value);
        Fd? opened = directory.TryOpenFile(file, O_WRONLY, out SysError error);
        if (error.Errno == ENOENT && write.ElseFile is not null)
        {
            (file, value) = (write.ElseFile, write.ElseValue!);
            opened = directory.TryOpenFile(file, O_WRONLY, out error);
        }
        using Fd? writable = opened;
        if (writable is not null)
        {
            Steps.Log($"{directory.Path}/{file}: {value}");
            error = (write.Flags & WriteFlags.Lines) == 0 ? Sys.TryWrite(writable, KernelText.Encode(value), file)
                : TryWriteLines(writable, file, ref value);
        }
        return IsTolerated(write.Flags, error.Errno, isMissing: writable is null) ? default : error;
    }

    private static bool IsTolerated(WriteFlags flags, int errno, bool isMissing) => errno switch
    {
        ENOENT => isMissing && (flags & WriteFlags.MayBeMissing) != 0,
        EPERM => (flags & WriteFlags.InitialUserNamespace) != 0 && !DeviceSet.CanBeEnforced,
        ENODEV or EOPNOTSUPP => (flags & WriteFlags.MayBeUnsupported) != 0,
        _ => false,
    };

    /// <param name="value">Becomes the line that was refused.</param>
    private static SysError TryWriteLines(Fd writable, string file, ref string value)
    {
        foreach (string line in value.TrimEnd('\n').Split('\n'))
        {
            // An empty value is valid (cpuset.cpus: inherit from above), but a write of zero bytes would not reach the file.
            SysError error = Sys.TryWrite(writable, KernelText.Encode(line.Length == 0 ? "\n" : line), file);
            if (error.Failed)
            {
                value = line;
                return error;
            }
        }
        return default;
    }

    /// <summary>null: the file does not exist, or is write-only.</summary>
    private static string? TryRead(CgroupDirectory directory, string file)
    {
        try
        {
            return directory.TryRead(file);
        }
        catch (SysException e) when (e.Errno is EINVAL or EACCES or EOPNOTSUPP)
        {
            return null;
        }
    }

    /// <summary>
    /// config-linux.md#memory, checkBeforeUpdate: a limit below current usage MUST be rejected. v2 kernels would reclaim and kill instead.
    /// </summary>
    private static void RequireRoom(CgroupDirectory directory, CgroupWrite write)
    {
        if (!long.TryParse(write.Value, out long limit))
            return; // max
        bool isCounted = long.TryParse(directory.TryRead("memory.current").AsSpan().Trim(), out long usage);
        if (isCounted && limit < usage)
            throw new ContainerException(ErrorCode.CgroupMemoryInUse, $"unable to set memory limit to {limit} (current usage: {usage})")
            {
                Pointer = write.Pointer,
            };
    }
}
