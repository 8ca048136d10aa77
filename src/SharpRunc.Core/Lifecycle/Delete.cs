using SharpRunc.Core.Hooks;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Lifecycle;

/// <summary>runtime.md#delete.</summary>
internal static class Delete
{
    public static void Run(RuntimeContext context, string id, bool force)
    {
        Progress.Enter(Stage.Delete);
        ContainerId name = ContainerId.Parse(id);
        using ContainerDirectory? directory = new ContainerStore(context).TryOpen(name);
        if (directory is not null && force && IsDamaged(directory))
            RemoveDamaged(context, directory, name);
        else if (directory?.TryReadState() is null)
            RemoveLeftover(directory, force);
        else if (force)
            Force(context, name);
        else
            Remove(context, name);
    }

    private static void Remove(RuntimeContext context, ContainerId id)
    {
        using Container container = Container.Open(context, id);
        using (container.Lock())
        {
            // The specification deletes only stopped containers. A created one is killed first, as every runtime does and every engine
            // expects.
            Status status = container.Status;
            if (status is not (Status.Stopped or Status.Created))
                throw new ContainerException(
                    ErrorCode.DeleteNotStopped, $"cannot delete container {id} that is not stopped: {ContainerStatus.Text(status)}");
            Destroy.Run(context, container);
        }
        HookRunner.RunPoststop(context, container.State);
    }

    /// <summary>
    /// Deletes in any state. The processes are killed before waiting for the lock, because a start may hold it while it waits for them. A
    /// command that fails because of this cleans up itself, and then nothing is left to do.
    /// </summary>
    private static void Force(RuntimeContext context, ContainerId id)
    {
        try
        {
            using Container container = Container.Open(context, id);
            Destroy.KillProcesses(container);
            using (container.Lock())
                Destroy.Run(context, container);
            HookRunner.RunPoststop(context, container.State);
        }
        catch (ContainerGoneException)
        {
            // another process deleted it in the meantime
        }
    }

    /// <summary>Whether the state cannot be read, or is missing although the container exists.</summary>
    private static bool IsDamaged(ContainerDirectory directory)
    {
        try
        {
            return directory.TryReadState() is null && directory.HasConfig;
        }
        catch (DamagedStateException)
        {
            return true;
        }
    }

    /// <summary>
    /// Removes a container whose state file is damaged because its writer was killed or the disk was full. The directory, the name and the
    /// cgroup show what to remove.
    /// </summary>
    private static void RemoveDamaged(RuntimeContext context, ContainerDirectory directory, ContainerId id)
    {
        if (!directory.HasOnlyOwnFiles())
            throw new ContainerException(ErrorCode.StateForeign, $"{directory.Path} is not a directory of {RuntimeContext.Name}");
        Container? container = null;
        try
        {
            using (directory.Lock())
                if (IsDamaged(directory)) // else a create was under way
                {
                    container = Container.Salvage(directory); // not disposed: it borrows the caller's directory
                    Destroy.Run(context, container);
                }
        }
        catch (ContainerGoneException)
        {
            return; // a delete was under way
        }
        if (container is null)
            Force(context, id);
        else
            HookRunner.RunPoststop(context, container.State);
    }

    /// <summary>A create that was killed before it wrote a state leaves only a directory.</summary>
    private static void RemoveLeftover(ContainerDirectory? directory, bool force)
    {
        if (directory is not null)
        {
            if (!directory.HasOnlyOwnFiles())
                throw new ContainerException(ErrorCode.StateForeign, $"{directory.Path} is not a directory of {RuntimeContext.Name}");
            using (directory.Lock())
                if (directory.TryReadState() is null && !directory.HasConfig) // else a create is under way, or there may be processes
                    directory.Remove();
        }
        if (!force)
            throw ContainerStore.DoesNotExist();
    }
}
