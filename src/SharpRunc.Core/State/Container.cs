using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

/// <summary>An existing container: its directory and the state read from it.</summary>
internal sealed class Container : IDisposable
{
    private Container(ContainerDirectory directory, ContainerState state)
    {
        Directory = directory;
        State = state;
    }

    public ContainerDirectory Directory { get; }

    public ContainerState State { get; private set; }

    public Status Status => ContainerStatus.Read(State, Directory);

    public void Dispose() => Directory.Dispose();

    /// <exception cref="ContainerException">The id is invalid; container does not exist; not our format.</exception>
    public static Container Open(RuntimeContext context, string id) => Open(context, ContainerId.Parse(id));

    public static Container Open(RuntimeContext context, ContainerId id)
    {
        ContainerDirectory directory = new ContainerStore(context).Open(id);
        try
        {
            return new Container(directory, directory.ReadState());
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>Returns a container whose state is damaged, with what is still known about it.</summary>
    public static Container Salvage(ContainerDirectory directory) => new(directory, directory.SalvageState());

    /// <summary>Takes the lock and reads the state again, which may have changed while we waited.</summary>
    public ContainerLock Lock()
    {
        ContainerLock taken = Directory.Lock();
        try
        {
            State = Directory.ReadState();
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Returns the properties that state and list print.</summary>
    /// <param name="owner">Empty for state.</param>
    public Spec.StateProperties Describe(string owner = "")
    {
        Status status = Status;
        return new Spec.StateProperties
        {
            Id = State.Id,
            Pid = status == Status.Stopped ? 0 : State.InitPid,
            Status = ContainerStatus.Text(status),
            Bundle = State.Bundle,
            Rootfs = State.Rootfs,
            Created = State.Created,
            Annotations = State.Annotations,
            Owner = owner,
        };
    }

    /// <summary>Opens the cgroup, which may no longer exist.</summary>
    public Cgroups.Cgroup OpenCgroup() => Cgroups.Cgroup.Open(State.CgroupPaths, State.CgroupNames);

    /// <summary>null if systemd has no unit for it.</summary>
    public Cgroups.Systemd.Unit? Unit => State.Unit is null ? null : new(State.Unit, State.UnitIsOfUserManager);

    /// <summary>Returns null if the init has ended or was never started.</summary>
    public PidFd? OpenInit() => OpenInit(out _);

    /// <param name="runsFirstThread">False if the init's first thread has ended and only other threads run.</param>
    public PidFd? OpenInit(out bool runsFirstThread) => PidFd.TryOpen(State.InitPid, State.InitStartTime, out runsFirstThread);
}
