using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Network;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>Reports the resource usage of a container and OOM kills in it.</summary>
internal static class Events
{
    /// <param name="interval">Milliseconds between statistics; null: report them once and return.</param>
    /// <param name="write">Called with each line of JSON.</param>
    public static void Run(RuntimeContext context, string id, long? interval, Action<ReadOnlyMemory<byte>> write)
    {
        using Container container = Container.Open(context, id);
        using PidFd? init = container.Status is Status.Creating or Status.Stopped ? null : container.OpenInit();
        if (init is null)
            throw new ContainerException(ErrorCode.ContainerStopped, $"container with id {id} is not running");
        using Cgroup cgroup = Cgroup.Open(container.State.CgroupPaths);
        if (cgroup.Directories.Length == 0)
            context.Warn("the container has no cgroup of its own: nothing is known of its CPU time, memory, processes and I/O");
        using ContainerStatistics statistics = new(container, cgroup, init);
        if (interval is null)
            write(statistics.Read());
        else
            Follow(id, cgroup, init, statistics, interval.Value, write);
    }

    /// <summary>Reports until the container's init ends.</summary>
    private static void Follow(
        string id, Cgroup cgroup, PidFd init, ContainerStatistics statistics, long interval, Action<ReadOnlyMemory<byte>> write)
    {
        using OomWatch? watch = cgroup.MemoryEvents.Watch();
        Span<pollfd> wait =
        [
            new pollfd { fd = init.Fd.Number, events = POLLIN },
            new pollfd { fd = watch?.Fd.Number ?? -1, events = watch?.Events ?? 0 },
        ];
        for (long next = Sys.MonotonicMilliseconds() + interval; ;)
        {
            Sys.Poll(wait, (int)Math.Clamp(next - Sys.MonotonicMilliseconds(), 0, int.MaxValue));
            // An OOM kill is reported before the exit that it caused.
            for (ulong kills = watch?.Read() ?? 0; kills > 0; kills--)
                write(EventJson.Oom(id));
            if (wait[0].revents != 0)
                return;
            if (Sys.MonotonicMilliseconds() < next)
                continue;
            write(statistics.Read());
            next += interval;
        }
    }
}

/// <summary>Resource usage of a container, read repeatedly: its cgroup, its network and its Intel RDT class.</summary>
internal sealed class ContainerStatistics : IDisposable
{
    private readonly ContainerState state;
    private readonly Cgroup cgroup;
    private readonly PidFd init;
    private readonly ProcFs proc = ProcFs.Open();
    private readonly RdtPlan? rdt;
    private readonly Resctrl? resctrl;

    /// <param name="cgroup">Borrowed, as is <paramref name="init"/>: neither is disposed here.</param>
    public ContainerStatistics(Container container, Cgroup cgroup, PidFd init)
    {
        (state, this.cgroup, this.init) = (container.State, cgroup, init);
        rdt = container.Directory.ReadConfig().Linux.IntelRdt is { } asked ? RdtPlan.From(asked, state.Id) : null;
        resctrl = rdt is null ? null : Resctrl.TryFind();
    }

    public void Dispose() => proc.Dispose();

    /// <summary>Returns one line of <c>events</c>.</summary>
    public ReadOnlyMemory<byte> Read()
    {
        List<InterfaceCounters>? interfaces = NetworkNamespace.TryRead(proc, state.InitPid);
        // The counters were read by pid: they are the init's only if it is still alive.
        if (init.WaitExit(0))
            interfaces = null;
        Statistics? counters = cgroup.Directories.Length == 0 ? null : Statistics.Read(cgroup);
        return EventJson.Stats(state.Id, counters, resctrl?.ReadStatistics(rdt!), interfaces);
    }
}
