using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>Changes the limits of an existing container: all of them, or none if one is refused. Device access is never changed.</summary>
internal static class Update
{
    /// <param name="l3CacheSchema">A line for the schemata file of the container's RDT class; null: unchanged.</param>
    /// <param name="memBwSchema">As <paramref name="l3CacheSchema"/>.</param>
    public static void Run(RuntimeContext context, string id, Resources asked, string? l3CacheSchema = null, string? memBwSchema = null)
    {
        ValidationContext rules = new();
        ResourceRules.Check(asked, "", rules);
        foreach (string warning in rules.Warnings)
            context.Warn(warning);
        IntelRdtRules.L3CacheSchemaIsALine(l3CacheSchema, "--l3-cache-schema");
        IntelRdtRules.MemBwSchemaMustStartWithMb(memBwSchema, "--mem-bw-schema");
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        if (container.Status is Status.Creating or Status.Stopped)
            throw ContainerStatus.NotRunning();
        RdtPlan? rdt = l3CacheSchema is null && memBwSchema is null ? null : PlanRdt(container);
        using Cgroup cgroup = container.OpenCgroup();
        Resources before = StoredResources.Read(container.Directory);
        Resources after = UpdatedResources.Merge(before, asked, PresentCpu.Read(cgroup));
        ResourceRules.Check(after, "/linux/resources", new());
        using Unit? unit = container.Unit;
        CgroupLayout layout = CgroupLayout.Detect();
        CgroupPlan plan = Plan(after, layout, unit);
        // Includes what was asked for before, because the update can change it (idle loses the shares).
        CgroupPlan present = cgroup.Limits.Current(CgroupPlan.ForUpdate(before, layout), plan);
        bool isTold = false;
        try
        {
            // The files first: writing them checks a limit against what is in use, and refuses it, before systemd writes it.
            cgroup.Limits.Apply(plan);
            isTold = true;
            UpdateUnit(unit, after, layout, cgroup);
            // On v1 systemd converts the BFQ weight in its own way (200 becomes 109), and without a quota it sets no period. Writing again
            // makes our values the last, until systemd reloads.
            if (unit is not null)
                cgroup.Limits.Apply(plan);
            if (rdt is not null)
                Resctrl.Find().Change(rdt, Array.FindAll([l3CacheSchema, memBwSchema], static line => line is not null)!);
            StoredResources.Write(container.Directory, after);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            if (isTold)
                RollBack(context, () => UpdateUnit(unit, before, layout, cgroup));
            cgroup.Limits.Restore(present, refusal => context.Warn($"restoring the previous limits: {refusal}"));
            throw;
        }
    }

    private static RdtPlan PlanRdt(Container container)
    {
        if (container.Directory.ReadConfig().Linux.IntelRdt is { } rdt)
            return RdtPlan.From(rdt, container.State.Id);
        throw new ContainerException(ErrorCode.RdtRefused, "updating a non-existent Intel RDT configuration is not supported")
        {
            Pointer = "/linux/intelRdt",
        };
    }

    private static void RollBack(RuntimeContext context, Action tell)
    {
        try
        {
            tell();
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            context.Warn($"restoring the previous limits: {e.Message}");
        }
    }

    private static CgroupPlan Plan(Resources resources, CgroupLayout layout, Unit? unit)
        => CgroupPlan.ForUpdate(unit is null ? resources : CpuQuota.Rounded(resources)!, layout);

    /// <summary>
    /// On v1 systemd rewrites the device rules along with the limits, starting with "a" to devices.deny. The container is frozen for that
    /// moment, or it would be refused its own /dev/null.
    /// </summary>
    private static void UpdateUnit(Unit? unit, Resources resources, CgroupLayout layout, Cgroup cgroup)
    {
        if (unit is null)
            return;
        bool freezes = layout.Has("devices") && layout.Has("freezer") && !cgroup.Freezer.IsFrozen();
        try
        {
            if (freezes)
                cgroup.Freezer.Freeze();
            unit.Set(resources, layout, cgroup);
        }
        finally
        {
            if (freezes)
                cgroup.Freezer.Thaw();
        }
    }
}
