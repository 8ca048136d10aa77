using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>Undoes a create, whatever point it came to: processes, then the cgroup, then the directory.</summary>
internal static class Destroy
{
    /// <summary>As runc's 100 × 100 ms.</summary>
    private const int PatienceMilliseconds = 10_000;
    private const int StepMilliseconds = 10;

    /// <summary>The caller holds the lock; poststop hooks are run by it once it has let go.</summary>
    /// <exception cref="ContainerException">container init still running.</exception>
    public static void Run(RuntimeContext context, Container container)
    {
        KillProcesses(container);
        Steps.Say($"no process is left; removed are cgroup, mounts and {container.Directory.Path}");
        StopUnit(context, container);
        using (Cgroup cgroup = container.OpenCgroup())
            cgroup.Remove();
        Resctrl.Remove(container.State.RdtPaths);
        BoundRoot.Remove(container.State);
        container.Directory.Remove();
    }

    /// <summary>Where systemd does not answer the cgroup can go all the same: a unit without one ends by itself.</summary>
    private static void StopUnit(RuntimeContext context, Container container)
    {
        using Unit? unit = container.Unit;
        try
        {
            unit?.Stop();
        }
        catch (ContainerException e)
        {
            context.Warn(e.Message);
        }
    }

    /// <summary>
    /// Kills init and, by the cgroup, everyone else: a create that was killed may not have written down its init, and without a PID
    /// namespace of its own a container's processes outlive init.
    /// </summary>
    public static void KillProcesses(Container container)
    {
        using Cgroup cgroup = container.OpenCgroup();
        using (PidFd? init = container.OpenInit())
            if (init is not null)
            {
                init.Signal(SIGKILL);
                // cgroup v1: a frozen process does not die. Whom the container has frozen itself it can freeze again as long as it runs.
                if (cgroup.IsFrozen() || cgroup.HasBelow)
                    cgroup.KillAll(SIGKILL);
                // The kernel ends a PID namespace's other processes before its init is a zombie.
                if (!init.WaitExit(PatienceMilliseconds))
                    throw new ContainerException(PidNamespace.WhoKeeps(container) is { } who ? $"container init still running: {who}" : "container init still running");
            }
        KillCgroup(cgroup);
    }

    /// <summary>Until nobody is left in it. As long as that cannot be told somebody is: no failure to tell keeps from killing.</summary>
    public static void KillCgroup(Cgroup cgroup)
    {
        for (int waited = 0; ; waited += StepMilliseconds)
        {
            SysException? unknown = null;
            try
            {
                if (cgroup.CountProcesses() == 0)
                    return;
            }
            catch (SysException e)
            {
                unknown = e;
            }
            if (waited >= PatienceMilliseconds)
                throw unknown is null ? new ContainerException("container init still running: a process in the container's cgroup does not die")
                    : ContainerException.From(unknown, "container init still running: who is in its cgroup cannot be told");
            cgroup.KillAll(SIGKILL); // again each time: a process may have forked or joined since
            Sys.Sleep(StepMilliseconds);
        }
    }
}
