using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Diagnosing;

/// <summary>A container's state against reality. Takes no lock and changes nothing: a command at work may be seen halfway.</summary>
internal static class ContainerReport
{
    /// <exception cref="ContainerException">There is no such container, or its state is not ours to read.</exception>
    public static Findings Run(RuntimeContext context, string id)
    {
        Findings found = new(context);
        ContainerId name = ContainerId.Parse(id);
        using ContainerDirectory directory = new ContainerStore(context).Open(name);
        Lock(found, directory);
        try
        {
            if (directory.TryReadState() is null && !directory.HasConfig)
                throw ContainerStore.DoesNotExist();
            using Container container = Container.Open(context, name);
            Ask(found, container);
        }
        catch (ContainerException e) when (e is DamagedStateException || e is ContainerGoneException && directory.HasConfig)
        {
            found.Problem("state", e is DamagedStateException ? e.Message : $"{directory.Path}/state.json is missing",
                found.ForceDelete(id));
            found.Try("cgroup", () => Remains(found, directory));
        }
        found.Try("directory", () => Files(found, directory));
        return found;
    }

    private static void Ask(Findings found, Container container)
    {
        bool isAlive = false;
        found.Try("init", () => isAlive = ProcessReport.Add(found, container));
        Config? config = null;
        found.Try("config", () => config = container.Directory.ReadConfig());
        if (config is null)
            return;
        found.Try("cgroup", () => CgroupState(found, container, config, isAlive));
        if (!isAlive)
            return;
        found.Try("namespaces", () => ProcessReport.Namespaces(found, container, config));
        found.Try("mounts", () => MountReport.Add(found, container, config));
    }

    private static void CgroupState(Findings found, Container container, Config config, bool isAlive)
    {
        using Cgroup cgroup = container.OpenCgroup();
        found.Try("cgroup", () => MemberReport.Add(found, container, cgroup, isAlive));
        if (!isAlive || container.State.Phase == Phase.Creating || found.Has("cgroup", Severity.Problem) && cgroup.Directories.Length == 0)
            return;
        found.Try("limits", () => LimitReport.Limits(found, container, cgroup));
        found.Try("devices", () => LimitReport.Devices(found, container, config, cgroup));
    }

    /// <summary>What follows may be of the moment if a command is at work.</summary>
    private static void Lock(Findings found, ContainerDirectory directory) => found.Try("lock", () =>
    {
        int holder = LockHolder.Find(directory);
        if (holder == 0)
            found.Ok("lock", "no command is at work on it");
        else
            found.Note("lock", $"{Findings.Process(holder)} is at work on it: what follows may be of the moment");
    });

    /// <summary>Of a container whose state is lost.</summary>
    private static void Remains(Findings found, ContainerDirectory directory)
    {
        Container container = Container.Salvage(directory); // not disposed: it borrows the directory
        using Cgroup cgroup = container.OpenCgroup();
        List<int> processes = cgroup.Processes.List();
        if (processes.Count > 0)
            found.Problem("cgroup",
                $"{processes.Count.ToString()} processes are in {cgroup.Processes.Place}, which is taken for its cgroup: "
                + "delete --force ends them");
    }

    private static void Files(Findings found, ContainerDirectory directory)
    {
        List<string> foreign = directory.ForeignFiles();
        if (foreign.Count > 0)
            found.Note("directory", $"{directory.Path} has what {RuntimeContext.Name} did not make: {string.Join(", ", foreign)}",
                "remove it by hand; delete removes it too");
        if (directory.HasUnfinishedWrite && LockHolder.Find(directory) == 0)
            found.Note("directory", $"{directory.Path} has what a killed command was about to write: the next one writes it again");
        if (!found.Has("directory", Severity.Note))
            found.Ok("directory", $"{directory.Path} has only files of {RuntimeContext.Name}");
    }
}

/// <summary>A container's cgroup: there, and the init in it.</summary>
internal static class MemberReport
{
    public static void Add(Findings found, Container container, Cgroup cgroup, bool isAlive)
    {
        if (cgroup.Directories.IsEmpty)
        {
            found.Note("cgroup", "has none: no limits, no pause, and kill --all reaches only its PID namespace");
            return;
        }
        if (isAlive)
            Members(found, container.State, cgroup);
        else
            Remains(found, container.State, cgroup);
    }

    private static void Members(Findings found, ContainerState state, Cgroup cgroup)
    {
        Membership membership = Membership.Read(state.InitPid);
        foreach (CgroupDirectory directory in cgroup.Directories)
        {
            if (directory.TryOpen() is null)
                found.Problem("cgroup", $"{directory.Path} is gone, and with it its limits",
                    found.Recreate(state.Id));
            else if (membership.FindBelow(directory) is null)
                found.Problem("cgroup", $"the init (process {state.InitPid.ToString()}) is not in {directory.Path} but in "
                    + $"{membership.NameIn(directory.Key).ToString()}", $"echo {state.InitPid.ToString()} > {ShellText.Quote(directory.Path + "/cgroup.procs")}");
        }
        if (!found.Has("cgroup", Severity.Problem))
            found.Ok("cgroup", cgroup.Directories.Length == 1 ? $"{cgroup.Directories[0].Path}, and the init is in it"
                : $"the init is in it in all {cgroup.Directories.Length.ToString()} hierarchies");
    }

    /// <summary>Without a PID namespace of its own, a container's processes outlive its init.</summary>
    private static void Remains(Findings found, ContainerState state, Cgroup cgroup)
    {
        List<int> processes = cgroup.Processes.List();
        if (processes.Count == 0)
            found.Ok("cgroup", "no process is left in it");
        else
            found.Problem("cgroup",
                $"{processes.Count.ToString()} processes of it are left in {cgroup.Processes.Place}, among them {processes[0].ToString()}",
                found.ForceDelete(state.Id));
    }
}

/// <summary>A container's limits and device rules, as the kernel has them.</summary>
internal static class LimitReport
{
    public static void Limits(Findings found, Container container, Cgroup cgroup)
    {
        Resources stored = StoredResources.Read(container.Directory);
        Resources wanted = container.State.Unit is null ? stored : CpuQuota.Rounded(stored)!;
        CgroupPlan plan = CgroupPlan.ForUpdate(wanted, CgroupLayout.Detect());
        foreach (LimitDrift drift in cgroup.Limits.Drift(plan))
            found.Problem("limits", $"{drift.File} {(drift.Present is null ? "is missing" : $"is {drift.Present}")}; {drift.Pointer} is "
                + drift.Wanted, Remedy(found, container, drift));
        if (!found.Has("limits", Severity.Note))
            found.Ok("limits", plan.Writes.Count == 0 ? "none are asked for"
                : $"{plan.Writes.Count.ToString()} file{(plan.Writes.Count == 1 ? " is" : "s are")} as the config or the last update says");
    }

    private static string Remedy(Findings found, Container container, LimitDrift drift) => drift.Flag is { } flag
        ? $"{found.Runtime} update {flag} {ShellText.Quote(drift.FlagValue)} {container.State.Id}"
        : $"echo {ShellText.Quote(drift.Wanted)} > {ShellText.Quote(drift.File)}";

    public static void Devices(Findings found, Container container, Config config, Cgroup cgroup)
    {
        DeviceSet wanted = DeviceSet.From(config.Linux.Resources?.Devices ?? [], config.Linux.Devices);
        if (DeviceDrift.Find(cgroup, wanted) is not { } drift)
            found.Note("devices", "no rules are in force, or not for this caller to ask");
        else if (drift.Text is null)
            found.Ok("devices", "the rules in force are the config's");
        else
            found.Problem("devices", drift.Text, drift is { Line: { } line, File: { } file }
                ? $"echo {ShellText.Quote(line)} > {ShellText.Quote(file)}"
                : found.Recreate(container.State.Id));
    }
}
