using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

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
            throw new ContainerException("container not paused");
        using Cgroup cgroup = container.OpenCgroup();
        cgroup.Freezer.ThawTree();
        for (int waited = 0; cgroup.Freezer.IsFrozen(); waited += StepMilliseconds)
        {
            if (waited >= PatienceMilliseconds)
                throw new ContainerException("the container's cgroup stays frozen: a cgroup above it is frozen");
            Sys.Sleep(StepMilliseconds);
        }
    }
}
