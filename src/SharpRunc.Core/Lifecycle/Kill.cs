using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>runtime.md#kill: sends a signal to a container that is created or running.</summary>
internal static class Kill
{
    /// <param name="all">The obsolete --all: it is no error if the container is not running.</param>
    public static void Run(RuntimeContext context, string id, int signal, bool all)
    {
        using Container container = Container.Open(context, id);
        if (!Send(container, signal) && !all)
            throw ContainerStatus.NotRunning();
    }

    /// <summary>Returns false if there is no process to send it to.</summary>
    private static bool Send(Container container, int signal)
    {
        Status status = container.Status;
        Steps.Log($"{Signals.Describe(signal)} for process {container.State.InitPid} of the {ContainerStatus.Text(status)} container");
        if (status == Status.Creating)
            return false;
        using Cgroup cgroup = container.OpenCgroup();
        // The pidfd is opened before the start time is compared, so a reused pid is never signalled.
        using PidFd? init = container.OpenInit();
        bool isEnd = signal == SIGKILL, reached = init?.Signal(signal) == true;
        // Without a private PID namespace nothing ends with the init: its children are found only through the cgroup.
        if (isEnd && !container.State.PrivatePidNamespace)
        {
            bool isPopulated = reached || cgroup.Processes.Count() > 0;
            if (isPopulated)
                cgroup.Processes.Kill(signal);
            return isPopulated;
        }
        if (isEnd && reached && (status == Status.Paused || cgroup.Processes.MayBeBelow))
            ThawUntilDead(init!, cgroup);
        return reached;
    }

    /// <summary>cgroup v1: a frozen process does not die, and a process of the container that still runs can freeze it again.</summary>
    private static void ThawUntilDead(PidFd init, Cgroup cgroup)
    {
        const int Rounds = 20, Milliseconds = 10;
        cgroup.Freezer.ThawTree();
        for (int round = 0; round < Rounds && !init.WaitExit(Milliseconds); round++)
            cgroup.Freezer.ThawTree();
    }
}
