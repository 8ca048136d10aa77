using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#control-groups on this host: the place, who may make it, and whether its controllers have what each limit is written to.
/// </summary>
internal sealed class CgroupCheck(HostFindings found)
{
    /// <summary>The id of a container that is not there.</summary>
    private const string AnyId = "check";

    /// <summary>PID_MAX_LIMIT of the kernel, for 64 bits.</summary>
    private const long MostProcesses = 4 << 20;

    private readonly RuntimeContext context = found.Context;
    private readonly Config config = found.Config;
    private readonly CgroupLayout layout
        = found.Context.NoCgroup ? new() { Kind = CgroupKind.V2, Hierarchies = [] } : CgroupLayout.Detect();

    public void Run()
    {
        found.Try(() => NewContainer.RequireHierarchy(context, config, layout));
        foreach (string warning in NewContainer.WarningsOf(context, config, layout))
            found.Warn(warning);
        CgroupPlan? limits = null;
        Resources? resources = config.Linux.Resources;
        found.Try(() => limits = CgroupPlan.From(
            context.SystemdCgroup ? CpuQuota.Rounded(resources) : resources, layout, config.Linux.Devices));
        if (context.SystemdCgroup)
            found.Try(() => NewContainer.PlanUnit(context, config, layout, AnyId));
        else if (layout.Hierarchies.Length > 0)
            found.Try(() => CheckPlaces(limits));
    }

    private void CheckPlaces(CgroupPlan? limits)
    {
        string[] places = CgroupPath.InEach(layout, config.Linux.CgroupsPath, AnyId);
        if (!string.IsNullOrEmpty(config.Linux.CgroupsPath))
            Cgroup.Reserve(layout, places);
        List<string> closed = [];
        for (int i = 0; i < places.Length; i++)
            if (!MayMake(NearestCgroup.Of(layout.Hierarchies[i], places[i])))
                closed.Add(layout.Hierarchies[i].Key);
        if (closed.Count > 0 && !NewContainer.MayLack(context, config.Linux.CgroupsPath))
            found.Error(
                ErrorCode.CgroupMake, CgroupPath.Pointer, $"cannot create the container's cgroup: no permission to make {places[0]} in "
                + string.Join(", ", closed.ConvertAll(static key => key.Length == 0 ? "the unified hierarchy" : key)), EACCES,
                "cgroups(7), delegation: have systemd delegate a cgroup (--systemd-cgroup), or name one that is yours");
        CheckRealTime(places);
        foreach (CgroupWrite write in limits?.Writes ?? [])
        {
            int index = Array.FindIndex(layout.Hierarchies,
                one => limits!.IsV2 ? one.IsUnified : one.Has(write.Controller));
            // As where create applies them: device rules cannot be enforced there anyway.
            bool mayGo = closed.Count > 0 && (write.Flags & WriteFlags.InitialUserNamespace) != 0;
            if (mayGo)
                continue;
            if (index >= 0 && closed.Contains(layout.Hierarchies[index].Key) && NewContainer.MayLack(context, config.Linux.CgroupsPath))
                found.Error(Limits.NoPermission(write));
            else if (index >= 0)
                found.Try(() => Check(write, layout.Hierarchies[index], places[index]));
        }
    }

    /// <summary>
    /// sched(7): a kernel that schedules real-time processes by cgroup (RT_GROUP_SCHED) refuses them in one without a runtime of its own.
    /// </summary>
    private void CheckRealTime(string[] places)
    {
        const string Runtime = "cpu.rt_runtime_us";
        int cpu = Array.FindIndex(layout.Hierarchies, static one => one.Has("cpu"));
        if (config.Process?.Scheduler is not { Policy: "SCHED_FIFO" or "SCHED_RR" } scheduler
            || config.Linux.Resources?.Cpu?.RealtimeRuntime is not (null or 0)
            || cpu < 0 || !Sys.Exists(Fd.Cwd, $"{layout.Hierarchies[cpu].MountPoint}/{Runtime}"))
            return;
        if (HostFindings.Read($"{layout.Hierarchies[cpu].MountPoint}/{places[cpu]}/{Runtime}")?.Trim() is null or "0")
            found.Error(ErrorCode.ProcessScheduling, "/process/scheduler/policy",
                $"cannot set the scheduler: {scheduler.Policy} needs a runtime in the container's cgroup", EPERM,
                "set resources.cpu.realtimeRuntime: this kernel schedules real-time processes by cgroup");
    }

    /// <summary>cgroups(7): whoever may write to the directory may make cgroups in it.</summary>
    private bool MayMake(NearestCgroup nearest)
    {
        using Fd? directory = Sys.TryOpenAt(Fd.Cwd, nearest.Path, O_PATH, out _);
        if (directory is null || (Sys.Fstatfs(directory, nearest.Path).f_flags & ST_RDONLY) != 0)
            return false;
        Inode inode = Inode.Of(directory, nearest.Path);
        int shift = inode.Uid == context.Euid ? 6 : inode.Gid == Sys.GetEgid() ? 3 : 0;
        return Capability.IsPermitted("CAP_DAC_OVERRIDE") && found.IsInitialRoot || (inode.Mode >> shift & 2) != 0;
    }

    private void Check(CgroupWrite write, Hierarchy hierarchy, string place)
    {
        NearestCgroup nearest = NearestCgroup.Of(hierarchy, place);
        CgroupDirectory directory = new(hierarchy.Key, nearest.Path);
        bool mayBeMissing = (write.Flags & WriteFlags.MayBeMissing) != 0;
        int errno = !mayBeMissing && IsMissing(write, hierarchy, nearest) ? ENOENT : Refusal(write, hierarchy, nearest);
        if (errno != 0)
            throw LimitRefusal.Explain(directory, write, write.File, write.Value, errno);
    }

    /// <summary>
    /// v2: create enables what the root has, as far as it may. v1: the root of a hierarchy lacks some files, so another cgroup must tell.
    /// </summary>
    private bool IsMissing(CgroupWrite write, Hierarchy hierarchy, NearestCgroup nearest)
    {
        if (hierarchy.IsUnified)
        {
            string from = found.IsInitialRoot ? hierarchy.MountPoint : nearest.Path;
            string? controllers = HostFindings.Read(from + "/cgroup.controllers");
            return write.Controller.Length > 0 && controllers is not null
                && Array.IndexOf(controllers.Trim().Split(' '), write.Controller) < 0;
        }
        string sample = nearest.IsRoot ? hierarchy.OwnDirectory() : nearest.Path;
        if (sample.TrimEnd('/') == hierarchy.MountPoint || !Sys.Exists(Fd.Cwd, sample))
            return false;
        bool hasOther = write.ElseFile is not null && Sys.Exists(Fd.Cwd, $"{sample}/{write.ElseFile}");
        return !hasOther && !Sys.Exists(Fd.Cwd, $"{sample}/{write.File}");
    }

    private int Refusal(CgroupWrite write, Hierarchy hierarchy, NearestCgroup nearest) => write.File switch
    {
        "pids.max" => long.TryParse(write.Value, out long pids) && pids > MostProcesses ? EINVAL : 0,
        "memory.memsw.limit_in_bytes" => config.Linux.Resources?.Memory is { Swap: > 0, Limit: not > 0 } ? EINVAL : 0,
        "cpuset.cpus" or "cpuset.mems" => IsAllowed(write, hierarchy, nearest) ? 0 : EINVAL,
        "cpu.cfs_quota_us" => long.TryParse(write.Value, out long quota) && quota is >= 0 and < 1000 ? EINVAL : 0,
        "cpu.cfs_period_us" => long.TryParse(write.Value, out long period) && period is < 1000 or > 1_000_000 ? EINVAL : 0,
        _ when write.File.StartsWith("blkio.", StringComparison.Ordinal) || write.File.StartsWith("io.", StringComparison.Ordinal)
            => (write.Flags & WriteFlags.MayBeUnsupported) != 0 || HasDevice(write.Value) ? 0 : ENODEV,
        _ => 0,
    };

    /// <summary>v1 bounds a set by the one above it, v2 by the machine's.</summary>
    private static bool IsAllowed(CgroupWrite write, Hierarchy hierarchy, NearestCgroup nearest)
    {
        string kind = write.File == "cpuset.cpus" ? "cpu" : "node";
        string? bound = HostFindings.Read(hierarchy.IsUnified ? $"/sys/devices/system/{kind}/possible" : $"{nearest.Path}/{write.File}");
        byte[]? all = bound is null ? null : NumberList.TryParse(bound.Trim(), KernelNames.MaxCpus);
        byte[]? asked = NumberList.TryParse(write.Value.Trim(), KernelNames.MaxCpus);
        if (all is null || asked is null)
            return true; // an empty set above is filled on the way
        for (int i = 0; i < asked.Length; i++)
            if ((asked[i] & ~(i < all.Length ? all[i] : 0)) != 0)
                return false;
        return true;
    }

    /// <summary>A value that begins with major:minor names a whole block device; a partition has no queue of its own.</summary>
    private static bool HasDevice(string value)
    {
        foreach (string line in value.Split('\n'))
        {
            string[] numbers = line.Split(' ')[0].Split(':');
            if (numbers.Length != 2 || !uint.TryParse(numbers[0], NumberStyles.None, null, out _))
                continue;
            string device = $"/sys/dev/block/{numbers[0]}:{numbers[1]}";
            using Fd? there = Sys.TryOpenAt(Fd.Cwd, device, O_PATH, out _);
            if (there is null || Sys.Exists(there, "partition"))
                return false;
        }
        return true;
    }
}

/// <summary>The cgroup itself, or the closest above that is there.</summary>
internal readonly record struct NearestCgroup(string Path, bool IsRoot)
{
    public static NearestCgroup Of(Hierarchy hierarchy, string place)
    {
        for (string at = place; at.Length > 0; at = CgroupPath.Parent(at))
            if (Sys.Exists(Fd.Cwd, $"{hierarchy.MountPoint}/{at}"))
                return new($"{hierarchy.MountPoint}/{at}", IsRoot: false);
        return new(hierarchy.MountPoint, IsRoot: true);
    }
}
