using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>What a state that was left over has recorded, as far as it exists: each thing was recorded before it was made.</summary>
/// <param name="Things">Their topics, and what they are.</param>
/// <param name="Doubt">Why it must not be removed; null: it may.</param>
internal sealed record LeftoverParts(List<(string Topic, string Text)> Things, string? Doubt)
{
    public static readonly LeftoverParts None = new([], null);

    public static LeftoverParts Of(ContainerState state)
    {
        List<(string, string)> things = [];
        bool hasCgroup = false;
        using Cgroup cgroup = Cgroup.Open(state.CgroupPaths, state.CgroupNames);
        using PidFd? init = PidFd.TryOpen(state.InitPid, state.InitStartTime);
        List<int> processes = cgroup.Processes.List();
        if (init is not null && !processes.Contains(state.InitPid))
            processes.Add(state.InitPid);
        foreach (int pid in processes)
            things.Add(("process", $"process {pid}{PidNamespace.NameOf(pid)}"));
        foreach (CgroupDirectory directory in cgroup.Directories)
            if (directory.TryOpen() is not null)
            {
                hasCgroup = true;
                things.Add(("cgroup", directory.Path));
            }
        if (state.RootMount != 0)
            foreach (MountInfo mount in MountInfo.Read())
                if (mount.Id == state.RootMount)
                    things.Add(("mount", mount.Point));
        foreach (string path in state.RdtPaths)
            if (!HostFile.IsMissing(path))
                things.Add(("resctrl", path));
        if (state.Unit is { } unit)
            things.Add(("unit", unit));
        return new(things, ReasonToKeep(state, init is not null, processes.Count, hasCgroup));
    }

    /// <summary>
    /// A killed create's own init, waiting for a runtime that is gone, is nobody's. Other processes may be those of a container that was
    /// given the same cgroup since, and those of a container whose state was lost are still its own.
    /// </summary>
    private static string? ReasonToKeep(ContainerState state, bool isAlive, int processes, bool hasCgroup)
    {
        bool isCreating = state is { Phase: Phase.Creating, RuntimePid: > 0 };
        if (isCreating)
            return processes > (isAlive ? 1 : 0) ? $"{processes} processes are in its cgroup, and may be another's" : null;
        if (isAlive || processes > 0)
            return $"{processes} of its processes live";
        return state.InitPid == 0 && !hasCgroup ? "whether a process of it lives cannot be told" : null;
    }
}
