using System;
using SharpRunc.Core.Init;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>A container's init: alive, the one that was recorded, as far as the state says, in the namespaces that it was given.</summary>
internal static class ProcessReport
{
    /// <returns>Whether the init is alive.</returns>
    public static bool Add(Findings found, Container container)
    {
        ContainerState state = container.State;
        Status status = container.Status;
        string delete = found.Delete(state.Id);
        if (state.Phase == Phase.Creating)
        {
            if (status == Status.Creating)
                found.Note("state", $"is being created by {Findings.Process(state.RuntimePid)}");
            else
                found.Problem("state", $"its create (process {state.RuntimePid.ToString()}) was killed and cannot go on", delete);
        }
        using PidFd? init = container.OpenInit();
        if (init is not null)
        {
            found.Ok("init", $"{Findings.Process(state.InitPid)} is alive; the container is "
                + ContainerStatus.Text(status));
            if (status == Status.Paused)
                found.Note("status", "its processes are frozen", $"{found.Runtime} resume {state.Id}");
            if (state.Phase == Phase.Created)
                found.Try("fifo", () => Fifo(found, container));
            return true;
        }
        if (state.Phase == Phase.Creating)
            return false;
        string gone = Ended(state);
        if (container.Directory.HasExecFifo)
            found.Problem("init", $"{gone} before the container was started: it cannot be started any more", delete);
        else
            found.Note("init", $"{gone}: the container is stopped", delete);
        return false;
    }

    private static string Ended(ContainerState state)
    {
        if (!ProcessStat.TryRead(state.InitPid, out ProcessStat stat))
            return $"process {state.InitPid.ToString()} has ended";
        if (stat.StartTime != state.InitStartTime)
            return $"process {state.InitPid.ToString()} has ended, and that number is another process's now";
        return $"process {state.InitPid.ToString()} has ended, but its parent, {Findings.Process(stat.Parent)}, has not "
            + "reaped it yet";
    }

    /// <summary>exec.fifo is there from create to start, and until then the init has executed nothing.</summary>
    private static void Fifo(Findings found, Container container)
    {
        if (!ProcessStat.TryRead(container.State.InitPid, out ProcessStat stat))
            return;
        string path = $"{container.Directory.Path}/{ContainerDirectory.ExecFifo}";
        // criu's children have executed nothing either.
        bool waits = !stat.HasExecuted && !container.State.Restored, hasFifo = container.Directory.HasExecFifo;
        if (waits && !hasFifo && container.State.StartContainer.Length > 0)
            found.Note("fifo", "is gone, and its program does not run yet: its startContainer hooks do");
        else if (waits && !hasFifo)
            found.Problem("fifo",
                $"{path} is gone, and its init still waits for it: it cannot be started", found.Recreate(container.State.Id));
        else if (!waits && hasFifo)
            found.Problem("fifo", $"{path} is there, though the program runs: the container is taken for one that was not started",
                $"rm {ShellText.Quote(path)}");
        else
            found.Ok("fifo", hasFifo ? "is there, and the init waits for start" : "is gone, as it must be after start");
    }

    public static void Namespaces(Findings found, Container container, Config config)
    {
        string place = $"/proc/{container.State.InitPid.ToString()}/ns";
        using Fd namespaces = Sys.OpenAt(Fd.Cwd, place, O_RDONLY | O_DIRECTORY);
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/self/ns", O_RDONLY | O_DIRECTORY);
        ContainerState state = container.State;
        if (NamespaceOwners.FindForeign(state.UserNamespace, state.ForeignOwners, config.Linux.Namespaces, namespaces, hasJoined: false)
            is { } what)
        {
            found.Problem("namespaces", $"the init {what}: it moved itself, and exec refuses it", found.Recreate(container.State.Id));
            return;
        }
        foreach (Namespace entry in config.Linux.Namespaces)
            Compare(found, container, entry, namespaces, own);
        if (!found.Has("namespaces", Severity.Note))
            found.Ok("namespaces", config.Linux.Namespaces.Length == 0 ? "the runtime's, as the config says"
                : $"{string.Join(' ', Array.ConvertAll(config.Linux.Namespaces, static entry => entry.Name))}, as the config says");
    }

    /// <summary>A namespace by path may be gone from there meanwhile, or be another one; the container's stays what it is.</summary>
    private static void Compare(Findings found, Container container, Namespace entry, Fd namespaces, Fd own)
    {
        string name = NamespaceOwners.FileName(entry.Type);
        using Fd there = Sys.OpenAt(namespaces, name, O_RDONLY);
        NamespaceId present = NamespaceId.Of(there, name);
        using Fd? other = entry.Path is null ? Sys.OpenAt(own, name, O_RDONLY) : Sys.TryOpenAt(Fd.Cwd, entry.Path, O_PATH, out _);
        bool isSame = other is not null && NamespaceId.Of(other, name) == present;
        if (entry.Path is null && isSame)
            found.Problem("namespaces", $"the init is in the runtime's own {entry.Name} namespace, and not in one of its own",
                found.Recreate(container.State.Id));
        else if (entry.Path is not null && other is not null && !isSame)
            found.Note("namespaces", $"{entry.Path} is another {entry.Name} namespace now than the init's");
    }
}
