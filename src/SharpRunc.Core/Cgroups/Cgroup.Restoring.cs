using System;
using System.Collections.Generic;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Cgroups;

// The former limits, for an update that fails halfway.
internal sealed partial class Cgroup
{
    /// <summary>The present content of the files named by the plans, as a plan that restores it.</summary>
    internal CgroupPlan Current(params ReadOnlySpan<CgroupPlan> plans)
    {
        List<CgroupWrite> former = [];
        foreach (CgroupPlan plan in plans)
            foreach (CgroupWrite write in plan.Writes)
            {
                CgroupDirectory directory = DirectoryOf(plan, write);
                CgroupWrite written = write with { ElseFile = null, ElseValue = null };
                string? present = TryReadLimit(directory, write.File);
                if (present is null && write.ElseFile is not null)
                    present = TryReadLimit(directory, (written = written with { File = write.ElseFile, Value = write.ElseValue! }).File);
                if (present is not null)
                    foreach (CgroupWrite value in FormerValue.Of(written, present))
                        if (!former.Exists(other => (other.File, other.Value) == (value.File, value.Value)))
                            former.Add(value);
            }
        return plans[0].With(former);
    }

    /// <summary>
    /// Restores as much as possible; values that bound each other may be refused at first, so a refused write is tried again after the
    /// others.
    /// </summary>
    /// <param name="warn">Receives each value that could not be restored.</param>
    internal void RestoreLimits(CgroupPlan former, Action<string> warn)
    {
        List<CgroupWrite> left = [];
        foreach (CgroupWrite write in former.Writes)
            if (TryWrite(DirectoryOf(former, write), write, out _, out _) < 0)
                left.Add(write);
        foreach (CgroupWrite write in left)
            if (TryWrite(DirectoryOf(former, write), write, out string file, out string value) is < 0 and var error)
                warn(Failed(DirectoryOf(former, write), write, file, value, -error).Message);
    }

    /// <summary>null: the file does not exist, or is write-only.</summary>
    private static string? TryReadLimit(CgroupDirectory directory, string file)
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
}
