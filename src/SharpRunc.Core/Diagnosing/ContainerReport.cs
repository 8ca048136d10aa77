using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
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
        bool isAlive = ProcessReport.Add(found, container);
        Config? config = null;
        found.Try("config", () => config = container.Directory.ReadConfig());
        if (config is null)
            return;
        using (Cgroup cgroup = container.OpenCgroup())
            CgroupState(found, container, config, cgroup, isAlive);
        if (!isAlive)
            return;
        found.Try("namespaces", () => ProcessReport.Namespaces(found, container, config));
        found.Try("mounts", () => MountReport.Add(found, container, config));
    }

    private static void CgroupState(Findings found, Container container, Config config, Cgroup cgroup, bool isAlive)
    {
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
