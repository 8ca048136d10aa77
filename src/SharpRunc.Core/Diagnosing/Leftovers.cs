using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>
/// What is left in a state root by commands that were killed, and by whoever removed a directory from it by hand. A stopped container is
/// not left over: its engine may still ask for it. Everything is found through this state root, and what cannot be told with certainty to
/// be ours is listed and stays.
/// </summary>
internal sealed class Leftovers
{
    /// <summary>A create is without a lock only between two calls.</summary>
    private const int PatienceMilliseconds = 200;

    private readonly RuntimeContext context;
    private readonly bool removes;
    private readonly Findings found;

    private Leftovers(RuntimeContext context, bool removes)
    {
        this.context = context;
        this.removes = removes;
        found = new(context);
    }

    /// <param name="removes">false: nothing is changed.</param>
    public static Findings Run(RuntimeContext context, bool removes)
    {
        Leftovers search = new(context, removes);
        foreach (string name in new ContainerStore(context).Names())
            search.found.Try("state", () => search.Look(name));
        search.found.Try("process", () => OrphanedInits.Add(search.found, context));
        search.Mounts();
        if (search.found.All.Count == 0)
            search.found.Ok("state", $"nothing is left over in {context.Root}");
        return search.found;
    }

    private void Look(string name)
    {
        string path = $"{context.Root}/{name}";
        if (!ContainerId.IsValid(name))
        {
            Keep(path, "its name is no container's");
            return;
        }
        ContainerId id = ContainerId.Parse(name);
        try
        {
            using ContainerDirectory? directory = new ContainerStore(context).TryOpen(id);
            if (directory is not null)
                Look(directory, id);
        }
        catch (ContainerException e) when (e is not ContainerGoneException)
        {
            Keep(path, e.Message);
        }
    }

    private void Look(ContainerDirectory directory, ContainerId id)
    {
        bool isDamaged = false;
        ContainerState? state = null;
        try
        {
            state = directory.TryReadState();
        }
        catch (DamagedStateException)
        {
            isDamaged = true;
        }
        if (state is { Phase: Phase.Created } || LockHolder.Find(directory) != 0)
            return;
        if (state is not null)
        {
            if (ContainerStatus.Read(state, directory) == Status.Stopped)
                Consider(directory, state, $"the create of {id.Value} was killed");
        }
        else if (directory.ForeignFiles().Count > 0)
            Keep(directory.Path, "it has files that are not ours, and no state");
        else if (isDamaged || directory.HasConfig)
            Consider(directory, directory.SalvageState(), $"the state of {id.Value} is {(isDamaged ? "damaged" : "missing")}");
        else if (IsStillAlone(directory))
            Take(directory, new LeftoverParts(), $"the create of {id.Value} was killed at its beginning");
    }

    private static bool IsStillAlone(ContainerDirectory directory)
    {
        Sys.Sleep(PatienceMilliseconds);
        return LockHolder.Find(directory) == 0 && !directory.HasState && !directory.HasConfig;
    }

    private void Consider(ContainerDirectory directory, ContainerState state, string why)
    {
        LeftoverParts parts = LeftoverParts.Of(state);
        if (parts.Doubt is { } doubt)
            found.Problem("state", $"{directory.Path}: not removed: {why}, and {doubt}", found.ForceDelete(directory.Id.Value));
        else
            Take(directory, parts, why);
    }

    /// <summary>By delete, which takes the lock and looks again.</summary>
    private void Take(ContainerDirectory directory, LeftoverParts parts, string why)
    {
        if (removes)
            Delete.Run(context, directory.Id.Value, force: true);
        Report("state", $"{directory.Path}: {why}");
        foreach (Finding thing in parts.Things)
            Report(thing.Topic, $"{thing.Text}, of {directory.Id.Value}");
    }

    private void Report(string topic, string text)
    {
        if (removes)
            found.Ok(topic, $"removed {text}");
        else
            found.Problem(topic, text, $"{found.Runtime} doctor --leftovers --remove");
    }

    private void Keep(string path, string why) => found.Note("state", $"{path}: not removed: {why}");

    /// <summary>The runtime mounts nothing there that others see.</summary>
    private void Mounts() => found.Try("mount", () =>
    {
        string root = RealRoot() + "/";
        foreach (MountInfo mount in MountInfo.Read())
            if (mount.Point.StartsWith(root, StringComparison.Ordinal))
                found.Note("mount", $"{mount.Point} ({mount.Type}): not removed: {RuntimeContext.Name} mounts nothing there",
                    $"umount {ShellText.Quote(mount.Point)}");
    });

    /// <summary>As the kernel names it, without links.</summary>
    private string RealRoot()
    {
        using Fd? root = Sys.TryOpenAt(Fd.Cwd, context.Root, O_PATH, out _);
        return (root is null ? null : ProcFs.TryPathOf(root)) ?? context.Root;
    }
}

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
