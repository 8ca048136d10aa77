using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Network;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

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
