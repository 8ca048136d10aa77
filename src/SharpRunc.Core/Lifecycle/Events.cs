using System;
using SharpRunc.Core.Cgroups;
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
            throw new ContainerException($"container with id {id} is not running");
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
