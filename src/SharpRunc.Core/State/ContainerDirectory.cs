using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>One container's directory in the state root: state.json, exec.fifo, exec.result, lock.</summary>
internal sealed class ContainerDirectory(ContainerId id, string path, Fd directory) : IDisposable
{
    /// <summary>Exists while the container is created but not started.</summary>
    public const string ExecFifo = "exec.fifo";
    public const string ExecResult = "exec.result";

    /// <summary>Directory of the notify socket; visible in the container.</summary>
    public const string Notify = "notify";
    private const string LockFile = ContainerLock.Name;
    private const string Unfinished = ".state.json";
    private const string ConfigFile = "config.json";
    private const string FilterFile = "seccomp.bpf";
    private const string CriuRootName = "criu-root";
    private const uint PrivateMode = Modes.O600;

    /// <summary>Larger than the state of a config with the longest hooks and annotations.</summary>
    private const int MaxBytes = 16 << 20;

    /// <summary>The names that we create. A directory without a state that has any other name in it is not removed.</summary>
    private static readonly string[] OwnNames =
    [
        StateFile.Name, Unfinished, LockFile, ExecFifo, ExecResult, ConfigFile, FilterFile, Notify,
        StoredResources.Name, StoredResources.Unfinished, CriuRootName,
    ];

    public ContainerId Id => id;

    /// <summary>Absolute, for messages.</summary>
    public string Path => path;

    public Fd Fd => directory;

    public void Dispose() => directory.Dispose();

    /// <exception cref="ContainerException">container does not exist (or a killed create left no state), or not our format.</exception>
    public ContainerState ReadState() => TryReadState() ?? throw ContainerStore.DoesNotExist();

    /// <summary>Returns null if there is no state file, or no longer.</summary>
    public ContainerState? TryReadState()
    {
        try
        {
            return TryReadFile() is { } json ? StateFile.Read(json, id.Value) : null;
        }
        catch (StateFormatException e)
        {
            string message = $"{path}/{StateFile.Name}: {e.Message}";
            if (e.IsDamage || !e.IsNewer && HasConfig)
                throw new DamagedStateException(message, e) { Hint = DamagedStateException.Remedy };
            throw new ContainerException(ErrorCode.StateDamaged, message, e);
        }
    }

    /// <summary>
    /// Returns what can still be read of a damaged state. The rest is derived from the stored config and the container's name.
    /// </summary>
    public ContainerState SalvageState()
    {
        ContainerState state;
        try
        {
            state = StateFile.Salvage(TryReadFile(), id.Value);
        }
        catch (StateFormatException e) when (!e.IsNewer)
        {
            state = new() { Id = "" };
        }
        state.Id = id.Value;
        Config? config = null;
        try
        {
            config = ReadConfig();
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            // missing or damaged as well: without a cgroup path the cgroup has the container's name
        }
        if (state.Poststop.Length == 0 && config is not null)
            state.Poststop = config.Hooks.Poststop;
        if (state.CgroupPaths.Length == 0)
        {
            CgroupLayout layout = CgroupLayout.Detect();
            state.CgroupPaths = Cgroup.PathsOf(layout, CgroupPath.InEach(layout, config?.Linux.CgroupsPath, id.Value));
        }
        return state;
    }

    private byte[]? TryReadFile()
    {
        // A FIFO in its place does not block: it reads as empty.
        using Fd? file = Sys.TryOpenAt(directory, StateFile.Name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, out SysError error);
        if (error.Errno == ENOENT)
            return null;
        if (error.Errno == ELOOP || file is not null && Inode.Of(file, StateFile.Name).IsDirectory)
            throw new StateFormatException("it is not a file");
        if (file is null)
            throw error.On(path + "/" + StateFile.Name).ToException();
        try
        {
            return Sys.ReadAll(file, path + "/" + StateFile.Name, MaxBytes);
        }
        catch (SysException e) when (e.Errno == EFBIG)
        {
            throw new StateFormatException($"it is larger than {MaxBytes >> 20} MiB", isDamage: true);
        }
    }

    /// <summary>Written to another file and renamed: a reader sees the old state or the new one, and needs no lock.</summary>
    public void WriteState(ContainerState state)
    {
        using (Fd file = Sys.OpenAt(directory, Unfinished, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW, PrivateMode))
            Sys.Write(file, StateFile.Write(state).Span, path + "/" + Unfinished);
        Sys.RenameAt(directory, Unfinished, directory, StateFile.Name);
    }

    /// <summary>
    /// runtime.md#create: "Any updates to config.json after this step MUST NOT affect the container": stores the config for later commands,
    /// and the compiled filter.
    /// </summary>
    public void WriteConfig(ReadOnlySpan<byte> json, SeccompProgram? filter)
    {
        Write(ConfigFile, json);
        if (filter is not null)
            Write(FilterFile, filter.Serialize());
    }

    public Config ReadConfig() => ConfigReader.Read(Read(ConfigFile));

    /// <summary>Reads the container's filter, which applies to an exec too.</summary>
    public SeccompProgram ReadFilter() => SeccompProgram.Deserialize(Read(FilterFile));

    /// <summary>Makes the directory where criu finds the root file system during restore. The host sees nothing mounted there.</summary>
    /// <returns>Absolute, without symbolic links.</returns>
    public string MakeCriuRoot()
    {
        Sys.MkdirAt(directory, CriuRootName, Modes.O700);
        using Fd made = Sys.OpenAt(directory, CriuRootName, O_PATH | O_DIRECTORY | O_NOFOLLOW);
        return ProcFs.TryPathOf(made) ?? $"{path}/{CriuRootName}";
    }

    public void RemoveCriuRoot() => Sys.UnlinkAt(directory, CriuRootName, AT_REMOVEDIR);

    /// <summary>The uid of the directory's owner, who created the container.</summary>
    public uint Owner => Inode.Of(directory, path).Uid;

    /// <summary>
    /// Whether create got as far as storing the config, so that there may be processes. No other runtime stores one next to a lock.
    /// </summary>
    public bool HasConfig => Sys.Exists(directory, ConfigFile) && Sys.Exists(directory, LockFile);

    public bool HasExecFifo => Sys.Exists(directory, ExecFifo);

    public void MakeNotify(uint mode)
    {
        Sys.MkdirAt(directory, Notify, mode);
        using Fd made = Sys.OpenAt(directory, Notify, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
        Sys.Fchmod(made, mode, Notify); // undoes the umask
    }

    /// <summary>Whether create made one.</summary>
    public bool HasNotify => Sys.Exists(directory, Notify);

    public Fd? OpenNotify() => Sys.TryOpenAt(directory, Notify, O_PATH | O_DIRECTORY | O_NOFOLLOW, out _);

    /// <summary>Waits for the container's lock.</summary>
    /// <exception cref="ContainerException">container does not exist: it was deleted while we waited.</exception>
    public ContainerLock Lock() => ContainerLock.Acquire(directory, path);

    /// <summary>Whether it has only our own names in it, so that it may be left over from a killed create.</summary>
    public bool HasOnlyOwnFiles() => ForeignFiles().Count == 0;

    /// <summary>The names in it that are not ours.</summary>
    public List<string> ForeignFiles() => Names().FindAll(static name => Array.IndexOf(OwnNames, name) < 0);

    /// <summary>Whether a write of the state or the resources was ended before its rename.</summary>
    public bool HasUnfinishedWrite => Sys.Exists(directory, Unfinished) || Sys.Exists(directory, StoredResources.Unfinished);

    public bool HasState => Sys.Exists(directory, StateFile.Name);

    /// <summary>
    /// Removes the directory and its contents. <see cref="Notify"/> comes first: a container whose root is the host's may write there, and
    /// while that cannot be removed, the container must be found by the next delete. Then come the state and at the end the lock: a process
    /// that finds the directory half removed sees no container, and the holder of the lock finishes.
    /// </summary>
    public void Remove()
    {
        Unlink(Notify);
        Unlink(StateFile.Name);
        using Fd root = Sys.OpenAt(directory, "..", O_PATH | O_DIRECTORY); // the path may lead elsewhere meanwhile
        SysError error;
        int attempt = 0;
        do
        {
            foreach (string name in Names())
                if (name != LockFile)
                    Unlink(name);
            Unlink(LockFile);
            error = Sys.TryUnlinkAt(root, Id.Value, AT_REMOVEDIR);
        }
        while (error.Errno == ENOTEMPTY && ++attempt < 100); // a process waiting for the lock has just created the file again
        if (error.Failed && error.Errno != ENOENT)
            throw error.On(path).ToException();
    }

    private void Write(string name, ReadOnlySpan<byte> bytes)
    {
        using Fd file = Sys.OpenAt(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, PrivateMode);
        Sys.Write(file, bytes, path + "/" + name);
    }

    private byte[] Read(string name)
    {
        using Fd file = Sys.OpenAt(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK); // a FIFO in its place reads as empty
        return Sys.ReadAll(file, path + "/" + name, MaxBytes);
    }

    /// <summary>Removes an entry of any type, and never follows a link.</summary>
    private void Unlink(string name)
    {
        SysError error = Sys.TryUnlinkAt(directory, name);
        if (error.Errno == EISDIR)
        {
            using (Fd? inside = Sys.TryOpenAt(directory, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW, out _))
                if (inside is not null)
                    DirectoryContents.Remove(inside, $"{path}/{name}");
            error = Sys.TryUnlinkAt(directory, name, AT_REMOVEDIR);
        }
        if (error.Failed && error.Errno != ENOENT)
            throw error.On($"{path}/{name}").ToException();
    }

    private List<string> Names()
    {
        using Fd again = Sys.OpenAt(directory, ".", O_RDONLY | O_DIRECTORY); // a descriptor lists a directory from its start only once
        return Sys.ReadDirectory(again, path);
    }
}
