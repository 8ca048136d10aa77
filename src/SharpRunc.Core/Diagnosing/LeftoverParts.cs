using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>What a state that was left over has recorded, as far as it exists: each thing was recorded before it was made.</summary>
internal sealed class LeftoverParts
{
    public List<Finding> Things { get; } = [];

    /// <summary>Why it must not be removed; null: it may.</summary>
    public string? Doubt { get; private set; }

    public static LeftoverParts Of(ContainerState state)
    {
        LeftoverParts parts = new();
        bool hasCgroup = false;
        using Cgroup cgroup = Cgroup.Open(state.CgroupPaths, state.CgroupNames);
        using PidFd? init = PidFd.TryOpen(state.InitPid, state.InitStartTime);
        List<int> processes = cgroup.Processes.List();
        if (init is not null && !processes.Contains(state.InitPid))
            processes.Add(state.InitPid);
        foreach (int pid in processes)
            parts.Add("process", $"{Findings.Process(pid)}");
        foreach (CgroupDirectory directory in cgroup.Directories)
            if (directory.TryOpen() is not null)
            {
                hasCgroup = true;
                parts.Add("cgroup", directory.Path);
            }
        if (state.RootMount != 0)
            foreach (MountInfo mount in MountInfo.Read())
                if (mount.Id == state.RootMount)
                    parts.Add("mount", mount.Point);
        foreach (string path in state.RdtPaths)
            if (!HostFile.IsMissing(path))
                parts.Add("resctrl", path);
        if (state.Unit is { } unit)
            parts.Add("unit", unit);
        parts.Doubt = ReasonToKeep(state, init is not null, processes.Count, hasCgroup);
        return parts;
    }

    private void Add(string topic, string text) => Things.Add(new(Severity.Problem, topic, text));

    /// <summary>
    /// A killed create's own init, waiting for a runtime that is gone, is nobody's. Other processes may be those of a container that was
    /// given the same cgroup since, and those of a container whose state was lost are still its own.
    /// </summary>
    private static string? ReasonToKeep(ContainerState state, bool isAlive, int processes, bool hasCgroup)
    {
        bool isCreating = state is { Phase: Phase.Creating, RuntimePid: > 0 };
        if (isCreating)
            return processes > (isAlive ? 1 : 0) ? $"{processes.ToString()} processes are in its cgroup, and may be another's" : null;
        if (isAlive || processes > 0)
            return $"{processes.ToString()} of its processes live";
        return state.InitPid == 0 && !hasCgroup ? "whether a process of it lives cannot be told" : null;
    }
}
