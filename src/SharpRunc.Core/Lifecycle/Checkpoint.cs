using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Criu;
using SharpRunc.Core.Hooks;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Sockets;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>Checkpoints a running container to disk with criu, and deletes the container unless it is left running.</summary>
internal sealed class Checkpoint
{
    private const string LogFile = "dump.log";

    private readonly RuntimeContext context;
    private readonly Container container;
    private readonly CheckpointOptions options;
    private readonly ImageDirectory images;
    private readonly Config config;
    private readonly Fd? status;

    private Checkpoint(
        RuntimeContext context, Container container, CheckpointOptions options, Config config, ImageDirectory images, Fd? status)
    {
        this.context = context;
        this.container = container;
        this.options = options;
        this.images = images;
        this.status = status;
        this.config = config;
    }

    /// <summary>As in runc, a container that is not left running is deleted afterwards, and its poststop hooks run.</summary>
    public static void Run(RuntimeContext context, string id, CheckpointOptions options)
    {
        Fd? status = CopyStatusFd(options);
        InheritedFds.Protect();
        options.Criu.Check(context);
        _ = options.ParsePageServer();
        using Container container = Container.Open(context, id);
        using (container.Lock())
        {
            Status present = container.Status;
            if (present is not (Status.Running or Status.Paused))
                throw new ContainerException(
                    ErrorCode.CheckpointState, $"Container cannot be checkpointed in {ContainerStatus.Text(present)} state");
            Config config = container.Directory.ReadConfig();
            config = config with { Mounts = MountDestinations.Strip(config.Mounts, container.State.Rootfs) };
            MountRules.MustBeRestorable(config);
            using ImageDirectory images = ImageDirectory.Make(options.Criu);
            try
            {
                if (!string.IsNullOrEmpty(options.ParentPath))
                    images.CheckParent(options.ParentPath);
                new Checkpoint(context, container, options, config, images, status).Dump();
            }
            catch
            {
                images.RemoveIfEmpty();
                throw;
            }
            if (options.LeaveRunning || options.PreDump)
                return;
            try
            {
                Destroy.Run(context, container);
            }
            catch (Exception e) when (e is ContainerException or SysException)
            {
                context.Warn($"the checkpoint is complete, but the container could not be removed: {e.Message}");
                return;
            }
        }
        HookRunner.RunPoststop(context, container.State);
    }

    private void Dump()
    {
        using Cgroup cgroup = Cgroup.Open(container.State.CgroupPaths);
        bool wasFrozen = cgroup.Freezer.IsFrozen();
        using CriuConnection criu = CriuConnection.Open(new CriuSpawn { OpenImages = images.OpenImages, OpenWork = images.OpenWork });
        if (options.PreDump)
            criu.Require(CriuFeature.MemTrack);
        if (options.Criu.LazyPages)
            criu.Require(CriuFeature.LazyPages);
        if (!options.PreDump)
            images.WriteDescriptors(container.State.Stdio);
        CriuOptions asked = Options(cgroup);
        foreach (CriuSetting setting in asked.Settings)
            Steps.Log($"criu option {setting}");
        try
        {
            CriuResponse response = criu.Run(options.PreDump ? CriuRequest.SinglePreDump : CriuRequest.Dump, asked, Answer);
            if (!response.Success)
                throw CriuLog.Explain(response, $"{images.Work}/{LogFile}");
        }
        catch
        {
            // criu thaws what it has frozen, unless it died.
            if (!wasFrozen && cgroup.Freezer.IsFrozen())
                cgroup.Freezer.Thaw();
            throw;
        }
    }

    private CriuOptions Options(Cgroup cgroup)
    {
        CriuOptions asked = options.Criu.ToOptions(LogFile, config);
        asked.Set(CriuOption.Pid, container.State.InitPid);
        asked.Set(CriuOption.Root, container.State.Rootfs);
        asked.Set(CriuOption.LeaveRunning, options.LeaveRunning);
        asked.Set(CriuOption.TcpSkipInFlight, options.TcpSkipInFlight);
        asked.Set(CriuOption.LinkRemap, options.LinkRemap);
        asked.Set(CriuOption.FreezeCgroup, cgroup.Freezer.Directory?.Path);
        if (options.ParsePageServer() is { } server)
            asked.Add(CriuOption.Ps, server.Address, server.Port);
        if (!string.IsNullOrEmpty(options.ParentPath))
            asked.Set(CriuOption.ParentImg, options.ParentPath);
        if (options.PreDump || !string.IsNullOrEmpty(options.ParentPath))
            asked.Set(CriuOption.TrackMem, true);
        foreach (Namespace ns in config.Linux.Namespaces)
            if (ns.Path is not null && ExternalNamespace.Find(ns.Type) is { } external)
                asked.Set(CriuOption.External, external.ForDump(container.State.InitPid));
        if (!options.PreDump)
            AddMounts(asked);
        return asked;
    }

    /// <summary>criu identifies a mount by its real path, with symbolic links resolved.</summary>
    private void AddMounts(CriuOptions asked)
    {
        CgroupView cgroups = NewContainer.View(CgroupLayout.Detect(), container.State);
        List<ExternalMount> mounts = ExternalMounts.From(config, container.State.Bundle, cgroups);
        if (container.Directory.HasNotify)
            mounts.Add(NotifyMount(container.Directory));
        using Fd? image = Sys.TryOpenAt(Fd.Cwd, container.State.Rootfs, O_PATH | O_DIRECTORY, out _);
        ContainerMounts there = new(container.State.InitPid, image,
            [.. mounts.ConvertAll(static mount => mount.Point), .. config.Linux.MaskedPaths]);
        foreach (ExternalMount mount in mounts)
            if (there.At(mount.Point) is { } present)
                asked.Add(CriuOption.ExtMnt, present.Point, mount.Name);
        foreach (string path in config.Linux.MaskedPaths)
            if (there.At(path) is { Root: not "/" } mask) // a masked directory has a file system of its own
                asked.Add(CriuOption.ExtMnt, mask.Point, ExternalMounts.Masked(path).Name);
    }

    /// <summary>The mount that create makes for the notify socket; it is not in the config.</summary>
    public static ExternalMount NotifyMount(ContainerDirectory directory)
        => new(NotifySocket.Place, NotifySocket.Place, $"{directory.Path}/{ContainerDirectory.Notify}");

    private void Answer(CriuResponse notification)
    {
        Steps.Log($"criu notifies: {notification.Script}");
        if (notification.Script == "status-ready" && status is not null)
        {
            Sys.TryWrite(status, "\0"u8, "--status-fd");
            status.Dispose(); // the reader waits for end of file
        }
    }

    private static Fd? CopyStatusFd(CheckpointOptions options)
    {
        if (options.StatusFd is not { } number)
            return null;
        Fd fd = Fd.Own(number);
        int flags = number < 0 ? -1 : Sys.TryFcntl(fd, F_GETFL, out _);
        if (flags < 0)
            throw new ContainerException(ErrorCode.UsageDescriptors, $"invalid --status-fd argument {number}: {strerror(EBADF)}")
            {
                Errno = EBADF,
            };
        if ((flags & O_ACCMODE) == O_RDONLY)
            throw new ContainerException(ErrorCode.UsageDescriptors, $"invalid --status-fd argument {number}: not writable");
        return fd;
    }
}
