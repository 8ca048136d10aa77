using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.Lifecycle;

/// <summary>runtime.md#kill: a signal for a container that is created or running.</summary>
internal static class Kill
{
    /// <param name="all">Obsolete: a container that is not running is no error.</param>
    public static void Run(RuntimeContext context, string id, int signal, bool all)
    {
        using Container container = Container.Open(context, id);
        if (!Send(container, signal) && !all)
            throw ContainerStatus.NotRunning();
    }

    /// <summary>False when there is nobody to send it to.</summary>
    private static bool Send(Container container, int signal)
    {
        Status status = container.Status;
        Steps.Say($"{Signals.Describe(signal)} for process {container.State.InitPid} of the {ContainerStatus.Text(status)} container");
        if (status == Status.Creating)
            return false;
        using Cgroup cgroup = container.OpenCgroup();
        // The descriptor is opened before the start time is compared: a reused pid is never hit.
        using PidFd? init = container.OpenInit();
        bool isEnd = signal == SIGKILL, reached = init?.Signal(signal) == true;
        // Without a PID namespace of its own nothing ends with init: its children are found only in the cgroup.
        if (isEnd && !container.State.PrivatePidNamespace)
        {
            bool isPopulated = reached || cgroup.CountProcesses() > 0;
            if (isPopulated)
                cgroup.KillAll(signal);
            return isPopulated;
        }
        if (isEnd && reached && (status == Status.Paused || cgroup.HasBelow))
            LetDie(init!, cgroup);
        return reached;
    }

    /// <summary>cgroup v1: a frozen process does not die, and one that still runs in the container can freeze it again.</summary>
    private static void LetDie(PidFd init, Cgroup cgroup)
    {
        const int Rounds = 20, Milliseconds = 10;
        cgroup.ThawTree();
        for (int round = 0; round < Rounds && !init.WaitExit(Milliseconds); round++)
            cgroup.ThawTree();
    }
}
