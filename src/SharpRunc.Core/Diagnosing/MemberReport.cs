using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Diagnosing;

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
