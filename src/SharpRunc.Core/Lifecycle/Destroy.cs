using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Rolls back a create, however far it got: processes first, then the cgroup, then the directory.</summary>
internal static class Destroy
{
    /// <summary>The same as runc's 100 × 100 ms.</summary>
    private const int PatienceMilliseconds = 10_000;
    private const int StepMilliseconds = 10;

    /// <summary>The caller holds the lock. It runs the poststop hooks after it has released the lock.</summary>
    /// <exception cref="ContainerException">container init still running.</exception>
    public static void Run(RuntimeContext context, Container container)
    {
        KillProcesses(container);
        Steps.Log($"no process is left; removed are cgroup, mounts and {container.Directory.Path}");
        StopUnit(context, container);
        using (Cgroup cgroup = container.OpenCgroup())
            cgroup.Remove();
        Resctrl.Remove(container.State.RdtPaths);
        BoundRoot.Remove(container.State);
        container.Directory.Remove();
    }

    /// <summary>
    /// Stops the unit. If systemd does not answer, the cgroup can still be removed: a unit without a cgroup ends by itself.
    /// </summary>
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
    /// Kills the init and, through the cgroup, all other processes. A create that was killed may not have recorded its init, and without a
    /// private PID namespace a container's processes outlive the init.
    /// </summary>
    public static void KillProcesses(Container container)
    {
        using Cgroup cgroup = container.OpenCgroup();
        using (PidFd? init = container.OpenInit())
            if (init is not null)
            {
                init.Signal(SIGKILL);
                // cgroup v1: a frozen process does not die, and as long as the container runs it can freeze its own processes again.
                if (cgroup.Freezer.IsFrozen() || cgroup.Processes.MayBeBelow)
                    cgroup.Processes.Kill(SIGKILL);
                // The kernel ends the other processes of a PID namespace before its init becomes a zombie.
                if (!init.WaitExit(PatienceMilliseconds))
                    throw SurvivalError(container);
            }
        KillCgroup(cgroup);
    }

    /// <summary>
    /// Kills until the cgroup is empty. If its processes cannot be counted it is taken as populated, so a failure to count never prevents
    /// the kill.
    /// </summary>
    public static void KillCgroup(Cgroup cgroup)
    {
        for (int waited = 0; ; waited += StepMilliseconds)
        {
            SysException? unknown = null;
            try
            {
                if (cgroup.Processes.Count() == 0)
                    return;
            }
            catch (SysException e)
            {
                unknown = e;
            }
            if (waited >= PatienceMilliseconds && unknown is not null)
                throw ContainerException.From(
                    ErrorCode.DeleteStillRunning, unknown,
                    "container init still running: cannot determine which processes are in its cgroup");
            if (waited >= PatienceMilliseconds)
                throw new ContainerException(
                    ErrorCode.DeleteStillRunning, "container init still running: a process in the container's cgroup does not die");
            cgroup.Processes.Kill(SIGKILL); // again each time: a process may have forked or joined since
            Sys.Sleep(StepMilliseconds);
        }
    }

    private static ContainerException SurvivalError(Container container)
    {
        const string Running = "container init still running";
        return new(ErrorCode.DeleteStillRunning, PidNamespace.ExplainSurvivor(container) is { } who ? $"{Running}: {who}" : Running);
    }
}
