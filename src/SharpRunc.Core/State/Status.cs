using SharpRunc.Core.Cgroups;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

/// <summary>The values of runtime.md#state, and paused, which every runtime adds.</summary>
internal enum Status { Creating, Created, Running, Paused, Stopped }

/// <summary>Determines the status of a container from what exists of it.</summary>
internal static class ContainerStatus
{
    public static Status Read(ContainerState state, ContainerDirectory directory)
    {
        if (state.Phase == Phase.Creating)
            return PidFd.IsAlive(state.RuntimePid, state.RuntimeStartTime) ? Status.Creating : Status.Stopped;
        using (Cgroup cgroup = Cgroup.Open(state.CgroupPaths))
            if (cgroup.Freezer.IsFrozen())
                return Status.Paused;
        if (!PidFd.IsAlive(state.InitPid, state.InitStartTime, out ProcessStat init))
            return Status.Stopped;
        // A process in the container that may trace the init can release it without us.
        return directory.HasExecFifo && !init.HasExecuted ? Status.Created : Status.Running;
    }

    public static string Text(Status status) => status switch
    {
        Status.Creating => "creating",
        Status.Created => "created",
        Status.Running => "running",
        Status.Paused => "paused",
        _ => "stopped",
    };

    public static ContainerException NotJoinable() => new(ErrorCode.ContainerStopped, "cannot exec in a stopped container");

    /// <summary>Engines recognize this text as a container that has ended.</summary>
    public static ContainerException NotRunning() => new(ErrorCode.ContainerStopped, "container not running");
}
