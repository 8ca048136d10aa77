using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>Freezes all processes of a container until resume; its state is then paused.</summary>
internal static class Pause
{
    /// <exception cref="ContainerException">container not running; also if it is already paused.</exception>
    public static void Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        Status status = container.Status;
        if (status == Status.Paused)
            throw new ContainerException(ErrorCode.PauseState, ContainerStatus.NotRunning().Message + ": it is paused already");
        if (status is not (Status.Created or Status.Running))
            throw ContainerStatus.NotRunning();
        using Cgroup cgroup = Cgroup.Open(container.State.CgroupPaths);
        bool paused = false;
        try
        {
            cgroup.Freezer.Freeze();
            // The init may have ended while the others were frozen: the frozen rest would look like a paused container.
            using PidFd? init = container.OpenInit();
            paused = init is not null;
        }
        finally
        {
            if (!paused)
                cgroup.Freezer.Thaw();
        }
        if (!paused)
            throw ContainerStatus.NotRunning();
    }
}

/// <summary>Thaws the processes of a paused container.</summary>
internal static class Resume
{
    private const int PatienceMilliseconds = 1000;
    private const int StepMilliseconds = 5;

    /// <exception cref="ContainerException">container not paused.</exception>
    public static void Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        if (container.Status != Status.Paused)
            throw new ContainerException(ErrorCode.PauseState, "container not paused");
        using Cgroup cgroup = container.OpenCgroup();
        cgroup.Freezer.ThawTree();
        for (int waited = 0; cgroup.Freezer.IsFrozen(); waited += StepMilliseconds)
        {
            if (waited >= PatienceMilliseconds)
                throw new ContainerException(ErrorCode.CgroupFrozen, "the container's cgroup stays frozen: a cgroup above it is frozen");
            Sys.Sleep(StepMilliseconds);
        }
    }
}
