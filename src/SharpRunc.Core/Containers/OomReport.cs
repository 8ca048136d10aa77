using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Containers;

/// <summary>
/// Why an attached command's process was killed, where that was for want of memory: its caller sees 137 and no more. The kernel
/// counts for the cgroup, not for each process, and so it is told.
/// </summary>
internal sealed class OomReport
{
    private const int Killed = 128 + SIGKILL;

    private readonly RuntimeContext context;
    private readonly Cgroup cgroup;
    private readonly SubCgroups below;
    private readonly long before;

    /// <summary>Before the process can have used any.</summary>
    /// <param name="cgroup">Not ours to close.</param>
    /// <param name="below">Where in it the process is.</param>
    public OomReport(RuntimeContext context, Cgroup cgroup, SubCgroups? below = null)
    {
        (this.context, this.cgroup, this.below) = (context, cgroup, below ?? SubCgroups.None);
        before = cgroup.IsNewToMemory || !TryCount(out long kills) ? 0 : kills;
    }

    /// <summary>One warning at most, while the cgroup is still there. Any other end than by SIGKILL is not looked into.</summary>
    /// <param name="status">128 + signal of a process that was killed.</param>
    public void Tell(int status)
    {
        if (status == Killed && TryCount(out long kills) && kills > before)
            context.Warn($"the kernel has killed for want of memory in the container ({(cgroup.MemoryLimit is { } limit ? $"memory limit {limit}" : "it has no memory limit of its own")})");
    }

    /// <summary>What cannot be read is no reason to fail.</summary>
    private bool TryCount(out long kills)
    {
        kills = 0;
        try
        {
            kills = cgroup.OomKills(below);
            return true;
        }
        catch (SysException)
        {
            return false;
        }
    }
}
