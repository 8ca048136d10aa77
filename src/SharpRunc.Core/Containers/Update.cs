using System;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Rdt;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Containers;

/// <summary>Changes the limits of a container that exists: all of them, or none when one is refused. Device access is never touched.</summary>
internal static class Update
{
    /// <param name="l3CacheSchema">A line for the file schemata of the container's RDT class; null: as it is.</param>
    /// <param name="memBwSchema">The same.</param>
    public static void Run(RuntimeContext context, string id, Resources asked, string? l3CacheSchema = null, string? memBwSchema = null)
    {
        ResourceRules.Check(asked, "");
        IntelRdtRules.L3CacheSchemaIsALine(l3CacheSchema, "--l3-cache-schema");
        IntelRdtRules.MemBwSchemaMustStartWithMb(memBwSchema, "--mem-bw-schema");
        using Container container = Container.Open(context, id);
        using ContainerLock held = container.Lock();
        if (container.Status is Status.Creating or Status.Stopped)
            throw ContainerStatus.NotRunning();
        RdtPlan? rdt = l3CacheSchema is null && memBwSchema is null ? null : PlanRdt(container);
        Resources before = StoredResources.Read(container.Directory), after = UpdatedResources.Of(before, asked);
        ResourceRules.Check(after, "/linux/resources");
        CgroupLayout layout = CgroupLayout.Detect();
        CgroupPlan plan = CgroupPlan.ForUpdate(after, layout);
        using Cgroup cgroup = Cgroup.Open(container.State.CgroupPaths);
        // What was asked for before too: what is written can change it (idle forgets the shares).
        CgroupPlan present = cgroup.Current(CgroupPlan.ForUpdate(before, layout), plan);
        try
        {
            cgroup.Apply(plan);
            if (rdt is not null)
                Resctrl.Find().Change(rdt, Array.FindAll([l3CacheSchema, memBwSchema], static line => line is not null)!);
            StoredResources.Write(container.Directory, after);
        }
        catch (Exception e) when (e is ContainerException or SysException)
        {
            cgroup.PutBack(present, refusal => context.Warn($"putting the former limits back: {refusal}"));
            throw;
        }
    }

    private static RdtPlan PlanRdt(Container container) => RdtPlan.From(container.Directory.ReadConfig().Linux.IntelRdt
        ?? throw new ContainerException("updating a non-existent Intel RDT configuration is not supported") { Pointer = "/linux/intelRdt" }, container.State.Id);
}
