using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>All processes of a container stop until resume; its state is then paused.</summary>
internal static class Pause
{
    /// <exception cref="ContainerException">container not running: also one that is paused already.</exception>
    public static void Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        if (container.Status is not (Status.Created or Status.Running))
            throw ContainerStatus.NotRunning();
        using Cgroup cgroup = Cgroup.Open(container.State.CgroupPaths);
        bool paused = false;
        try
        {
            cgroup.Freeze();
            // It may have ended while we stopped the others: frozen, what it left would look like a paused container.
            using PidFd? init = container.OpenInit();
            paused = init is not null;
        }
        finally
        {
            if (!paused)
                cgroup.Thaw();
        }
        if (!paused)
            throw ContainerStatus.NotRunning();
    }
}
