using System;
using System.Collections.Generic;
using SharpRunc.Core.Criu;
using SharpRunc.Core.Init;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Seccomp;
using SharpRunc.Core.Security;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Terminals;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Restores a container from disk with criu. It is made as create makes it, but criu makes its processes, which run at once. A failure
/// leaves nothing behind.
/// </summary>
internal sealed class Restore : IDisposable
{
    private const string LogFile = "restore.log";
    private const int StdioCount = 3;

    private readonly RuntimeContext context;
    private readonly RestoreOptions options;
    private readonly NewContainer container;
    private readonly TerminalMaster? terminal;
    private readonly PipeRelay? pipes;
    private bool hooksRan, isChecked;

    private Restore(RuntimeContext context, RestoreOptions options, NewContainer container, TerminalMaster? terminal, PipeRelay? pipes)
    {
        this.context = context;
        this.options = options;
        this.container = container;
        this.terminal = terminal;
        this.pipes = pipes;
        container.State.Restored = true;
    }

    public void Dispose()
    {
        terminal?.Dispose();
        pipes?.Dispose();
        container.Dispose();
    }

    /// <returns>0 when detached, else the exit status of the container's program, or 128 + signal.</returns>
    public static int Run(RuntimeContext context, string id, RestoreOptions options)
    {
        KernelFloor.Check();
        _ = InheritedFds.Find(0);
        Seal.Ensure();
        InheritedFds.Protect();
        options.Criu.Check(context);
        Fd? consoleSocket = TerminalMaster.Connect(options.Create.ConsoleSocket);
        ContainerId name = ContainerId.Parse(id);
        using PidFile? pidFile = PidFile.Find(options.Create.PidFile);
        using ImageDirectory images = ImageDirectory.Open(options.Criu);
        string[] descriptors = images.ReadDescriptors();
        Bundle bundle = Bundle.Load(context, options.Create.Bundle, options.Create.NoPivot);
        MountRules.MustBeRestorable(bundle.Config);
        TerminalMaster? terminal = TerminalMaster.Prepare(bundle.Config.Process, "/process", consoleSocket, options.Run.Detach);
        PipeRelay? pipes = terminal is null ? PipeRelay.TryCreate(context, options.Run.Detach) : null;
        if (!options.Run.NoSubreaper)
            Sys.Prctl(PR_SET_CHILD_SUBREAPER, 1, "CHILD_SUBREAPER");

        NewContainer container = NewContainer.Reserve(context, name, bundle, NamespacePlan.From(bundle.Config.Linux.Namespaces));
        using Restore restore = new(context, options, container, terminal, pipes);
        try
        {
            if (!options.Run.Detach)
                Interruption.Enable();
            Attached? attached = options.Run.Detach ? null : Attached.Begin();
            CallerKeyring.Protect();
            restore.Make(images, descriptors);
            pidFile?.Write(container.State.InitPid);
            return attached is null ? 0 : restore.Wait(attached);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            container.RollBack("restore", restore.KillInit, restore.hooksRan);
            throw;
        }
    }

    private void Make(ImageDirectory images, string[] descriptors)
    {
        List<Fd> passed = [Fd.Borrow(0), Fd.Borrow(1), Fd.Borrow(2)];
        Bundle bundle = container.Bundle;
        string root = container.Directory.MakeCriuRoot();
        CriuOptions asked = Options(descriptors, root, passed);
        if (container.Namespaces.NewUser)
        {
            uint? uid = IdMapping.ToHost(bundle.Config.Linux.UidMappings, 0);
            uint? gid = IdMapping.ToHost(bundle.Config.Linux.GidMappings, 0);
            images.MapTo(uid ?? 0, gid ?? 0);
        }
        // Started in the container's cgroup, criu can put its processes there, and what it needs for them is charged to them.
        if (!container.NeedsProcess)
            MakeCgroup(pid: 0);
        container.Directory.WriteConfig(bundle.KeptJson(), SeccompCompiler.Compile(bundle.Config.Linux.Seccomp));
        using OwnNodes nodes = OwnNodes.Make(bundle.Config.Linux);
        CriuSpawn how = new()
        {
            Cgroup = container.Cgroup?.Unified,
            Tasks = container.Cgroup?.Admission.OpenTasks() ?? [],
            OpenImages = images.OpenImages,
            OpenWork = images.OpenWork,
            Passed = [.. passed],
            InPrivateMounts = () =>
            {
                nodes.Cover(root, container.Namespaces.NewUser);
                MountPoints.Make(bundle.Config, bundle.Path, bundle.Rootfs, root);
            },
            SetInheritedAttributes = () => CriuInheritance.Apply(bundle.Config, container.State.Keyring!),
        };
        using (CriuConnection criu = Connect(how))
        {
            if (container.NeedsProcess)
            {
                MakeCgroup(criu.Pid);
                container.Cgroup!.Admission.Move(criu.Pid);
            }
            AddCgroupRoots(asked, criu.Pid);
            container.JoinRdt(criu.Pid);
            foreach (CriuSetting setting in asked.Settings)
                Steps.Log($"criu option {setting}");
            CriuResponse response = criu.Run(CriuRequest.Restore, asked, Answer);
            if (!response.Success)
                throw CriuLog.Explain(response, $"{images.Work}/{LogFile}");
            if (!isChecked)
                throw new ContainerException(ErrorCode.CriuFailed, "criu released the processes before they could be checked");
        }
        container.Directory.RemoveCriuRoot();
    }

    private CriuConnection Connect(CriuSpawn how)
    {
        if (pipes is null)
            return CriuConnection.Open(how);
        return pipes.CloneWithPipes(() => CriuConnection.Open(how), static criu => criu.Dispose());
    }

    private void MakeCgroup(int pid)
    {
        container.MakeCgroup(pid);
        container.ApplyLimits();
    }

    private CriuOptions Options(string[] descriptors, string root, List<Fd> passed)
    {
        Config config = container.Bundle.Config;
        CriuOptions asked = options.Criu.ToOptions(LogFile, config);
        asked.Set(CriuOption.Root, root);
        asked.Set(CriuOption.RstSibling, true); // the container's init is our child, not criu's
        asked.Set(CriuOption.EvasiveDevices, true);
        asked.Set(CriuOption.LsmProfile, options.LsmProfile);
        asked.Set(CriuOption.LsmMountContext, options.LsmMountContext);
        for (int i = 0; i < descriptors.Length && i < StdioCount; i++)
            if (descriptors[i].StartsWith("pipe:", StringComparison.Ordinal))
                asked.Add(CriuOption.InheritFd, descriptors[i], CriuProcess.FirstPassed + i);
        AddNamespaces(asked, passed);
        // It is not known here whether the image has it.
        container.Directory.MakeNotify(NotifySocket.DirectoryMode);
        List<ExternalMount> mounts = ExternalMounts.From(config, container.Bundle.Path, container.View());
        mounts.Add(Checkpoint.NotifyMount(container.Directory));
        foreach (ExternalMount mount in mounts)
            asked.Add(CriuOption.ExtMnt, mount.Name, mount.Source);
        if (config.Linux.MaskedPaths.Length > 0)
            asked.Add(CriuOption.ExtMnt, ExternalMounts.Masked("").Name, ExternalMounts.Masked("").Source);
        return asked;
    }

    private void AddNamespaces(CriuOptions asked, List<Fd> passed)
    {
        Namespace[] listed = container.Bundle.Config.Linux.Namespaces;
        Fd?[] opened = NamespaceFds.Open(listed, user: null);
        for (int i = 0; i < listed.Length; i++)
        {
            if (listed[i].Path is not { } path)
                continue;
            if (ExternalNamespace.Find(listed[i].Type) is { } external)
            {
                asked.Add(CriuOption.InheritFd, external.Key, CriuProcess.FirstPassed + passed.Count);
                passed.Add(opened[i]!);
            }
            else
                asked.Add(CriuOption.JoinNs, JoinName(listed[i], i), path);
        }
    }

    private static string JoinName(Namespace listed, int index)
    {
        if (ExternalNamespace.JoinName(listed.Type) is { } name)
            return name;
        string pointer = $"/linux/namespaces/{index}/path";
        throw new ContainerException(ErrorCode.CheckpointNamespace, $"criu cannot restore into a {listed.Name} namespace by path")
        {
            Pointer = pointer,
        };
    }

    /// <summary>
    /// The container's cgroup may have another name than at checkpoint. The file's lines are <c>hierarchy:controllers:path</c>.
    /// </summary>
    private static void AddCgroupRoots(CriuOptions asked, int pid)
    {
        foreach (string line in Sys.ReadText(Fd.Cwd, $"/proc/{pid}/cgroup").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] fields = line.Split(':', 3);
            foreach (string controller in fields[1].Split(','))
                asked.Add(CriuOption.CgRoot, controller, fields[2]);
        }
    }

    private void Answer(CriuResponse notification)
    {
        Steps.Log($"criu notifies: {notification.Script}");
        switch (notification.Script)
        {
            case "setup-namespaces":
                container.RecordInit(notification.Pid);
                if (container.Namespaces.NewNetwork)
                    Loopback.UpIn(notification.Pid);
                container.MoveDevices(areRestored: true); // criu does not put them into the image
                hooksRan = true;
                if (container.Bundle.Config.Hooks is not { Prestart.Length: 0, CreateRuntime.Length: 0 })
                    container.RunHooks();
                break;
            case "orphan-pts-master" when terminal is not null && notification.ReleaseAttached() is { } master:
                terminal.PassOn(master);
                break;
            case "post-restore":
                container.RecordInit(notification.Pid);
                Fd?[] named = NamespaceFds.Open(container.Bundle.Config.Linux.Namespaces, user: null);
                container.RecordOwners(named, UserNamespaceOf(notification.Pid));
                container.Finish();
                break;
            case "pre-resume": // the processes have their credentials and filters by then
                CheckConfinement();
                break;
        }
    }

    /// <summary>
    /// Runs while criu still holds all processes. What it has restored comes from the image; the config is what was asked for.
    /// </summary>
    private void CheckConfinement()
    {
        isChecked = true;
        RestoredProcesses processes = new(container.State.InitPid);
        string cgroupNamespace = RestoredConfinement.CgroupNamespace(container.Bundle.Config);
        foreach (ContainerException weaker in RestoredConfinement.FindWeaker(container.Bundle.Config, processes))
        {
            bool isAllowed = options.AllowWeaker || options.Criu.IgnoresCgroups && weaker.Pointer == cgroupNamespace;
            if (isAllowed)
            {
                context.Warn($"{weaker.Pointer}: {weaker.Message}");
                continue;
            }
            processes.Stop(); // criu only logs our refusal
            throw weaker;
        }
    }

    /// <returns>null if the user namespace is not new.</returns>
    private NamespaceId? UserNamespaceOf(int pid)
    {
        using Fd? made = container.Namespaces.NewUser ? Sys.OpenAt(Fd.Cwd, $"/proc/{pid}/ns/user", O_RDONLY) : null;
        return made is null ? null : NamespaceId.Of(made, "user namespace");
    }

    /// <summary>Waits, as an attached run does, until the container's program ends, and then deletes the container.</summary>
    private int Wait(Attached attached)
    {
        int pid = container.State.InitPid, status;
        using OomReport memory = container.WatchMemory();
        container.Lock.Dispose();
        using (PidFd init = PidFd.Open(pid)) // our child, so the pid is not reused before we reap it
            status = attached.Wait(init, pid, streams: terminal?.Proxy ?? (StreamRelay?)pipes, memory: memory);
        terminal?.Dispose();
        memory.Report(status);
        container.Delete();
        return status;
    }

    /// <summary>Kills what criu had made of the container, which are our children.</summary>
    private void KillInit()
    {
        using (PidFd? init = PidFd.TryOpen(container.State.InitPid, container.State.InitStartTime))
            init?.Signal(SIGKILL);
        if (container.Cgroup is not null)
            Destroy.KillCgroup(container.Cgroup);
        while (Sys.TryWaitId(P_ALL, 0, WEXITED | WNOHANG).si_pid > 0) { }
    }
}
