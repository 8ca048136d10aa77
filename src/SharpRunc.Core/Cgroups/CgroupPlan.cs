using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// config-linux.md#control-groups as a plan: what is written where, in order. Nothing is written for a limit that is unset, or that is 0
/// where 0 makes no sense in v1's files (shares, weight, memory, quota, period).
/// </summary>
internal sealed class CgroupPlan
{
    private const string Root = "/linux/resources";

    private readonly CgroupLayout layout;

    private CgroupPlan(CgroupLayout layout) => this.layout = layout;

    public List<CgroupWrite> Writes { get; } = [];

    /// <summary>
    /// Device rules to load as a program into the unified hierarchy; null where v1 files (in <see cref="Writes"/>) hold them.
    /// </summary>
    public DeviceSet? Devices { get; private set; }

    /// <summary>Refuse memory.max below current usage; v1 kernels do so themselves.</summary>
    public bool CheckMemoryFirst { get; private set; }

    public bool IsV2 => layout.Kind == CgroupKind.V2;

    /// <param name="nodes">linux.devices: an entry at a default node's path replaces that node, its default rule included.</param>
    public static CgroupPlan From(Resources? resources, CgroupLayout layout, Device[]? nodes = null)
    {
        CgroupPlan plan = new(layout);
        plan.AddDevices(resources?.Devices ?? [], nodes ?? []);
        plan.AddLimits(resources ?? new Resources());
        return plan;
    }

    /// <summary>Everything except device access, which no update changes.</summary>
    public static CgroupPlan ForUpdate(Resources resources, CgroupLayout layout)
    {
        CgroupPlan plan = new(layout);
        plan.AddLimits(resources);
        return plan;
    }

    /// <summary>Other values for the same files.</summary>
    public CgroupPlan With(List<CgroupWrite> writes)
    {
        CgroupPlan plan = new(layout);
        plan.Writes.AddRange(writes);
        return plan;
    }

    private void AddLimits(Resources resources)
    {
        if (IsV2)
            AddV2(resources);
        else
            AddV1(resources);
    }

    private void AddV1(Resources resources)
    {
        if (resources.Cpu is { } cpu)
        {
            Cpuset.Plan(this, cpu);
            V1.Cpu.Plan(this, cpu);
        }
        if (resources.Memory is { } memory)
            V1.Memory.Plan(this, memory);
        if (resources.Pids is { } pids)
            Pids.Plan(this, pids);
        if (resources.BlockIo is { } blockIo)
            V1.BlockIo.Plan(this, blockIo);
        Hugetlb.Plan(this, resources.HugepageLimits);
        if (resources.Network is { } network)
            Network.PlanV1(this, network);
        Rdma.Plan(this, resources.Rdma);
        if (resources.Unified.Length > 0)
            throw CannotExpress("unified", "needs cgroup v2, but this machine has v1 hierarchies: invalid configuration");
    }

    private void AddV2(Resources resources)
    {
        if (resources.Pids is { } pids)
            Pids.Plan(this, pids);
        if (resources.Memory is { } memory)
        {
            V2.Memory.Plan(this, memory);
            CheckMemoryFirst = memory.CheckBeforeUpdate == true;
        }
        if (resources.BlockIo is { } blockIo)
            V2.BlockIo.Plan(this, blockIo);
        if (resources.Cpu is { } cpu)
        {
            V2.Cpu.Plan(this, cpu);
            Cpuset.Plan(this, cpu);
        }
        Hugetlb.Plan(this, resources.HugepageLimits);
        if (resources.Network is { } network)
            Network.RefuseOnV2(network);
        Rdma.Plan(this, resources.Rdma);
        V2.Unified.Plan(this, resources.Unified);
    }

    private void AddDevices(DeviceRule[] rules, Device[] nodes)
    {
        DeviceSet wanted = DeviceSet.From(rules, nodes);
        if (!IsV2 && layout.Has("devices"))
            V1.Devices.Plan(this, wanted);
        else if (layout.Kind != CgroupKind.V1)
            Devices = wanted;
        else if (rules.Length > 0)
            throw CannotExpress("devices", "needs the devices controller, which is not mounted");
    }

    public void Add(string controller, string file, string value, string property, WriteFlags flags = WriteFlags.None)
        => Add(new CgroupWrite(controller, file, value, At(property), flags));

    public void Add(string controller, string file, long value, string property, WriteFlags flags = WriteFlags.None)
        => Add(controller, file, value.ToString(CultureInfo.InvariantCulture), property, flags);

    public void Add(CgroupWrite write)
    {
        if (!IsV2 && !layout.Has(write.Controller))
            throw new ContainerException(ErrorCode.CgroupController, $"{write.File}: the {write.Controller} controller is not mounted")
            {
                Pointer = write.Pointer,
            };
        Writes.Add(write);
    }

    /// <summary>RFC 6901 pointer to a property of linux.resources.</summary>
    public static string At(string property) => Root + "/" + property;

    /// <summary>config-linux.md: "if the conversion is not possible the runtime MUST error".</summary>
    public static ContainerException CannotExpress(string property, string why)
        => new(ErrorCode.ConfigValue, $"{property} {why}") { Pointer = At(property) };

    /// <summary>The limit as v2 files write it: −1 is "max".</summary>
    public static string OrMax(long limit, string property)
    {
        if (limit == -1)
            return "max";
        if (limit < 0)
            throw new ContainerException(ErrorCode.ConfigValue, $"{property} {limit}: the only negative value is -1 (no limit)")
            {
                Pointer = At(property),
            };
        return limit.ToString(CultureInfo.InvariantCulture);
    }
}

/// <summary>In which cases a refusal by the kernel is no error, or not yet.</summary>
[Flags]
internal enum WriteFlags
{
    None,

    /// <summary>A kernel without this file already behaves as requested.</summary>
    MayBeMissing = 1,

    /// <summary>
    /// If refused with EINVAL, the value is written again after all others: two values that bound each other (limit and memory+swap, quota
    /// and burst) must be written in an order that depends on their previous values.
    /// </summary>
    OrLater = 2,

    /// <summary>The kernel accepts one entry per write: each line of the value is written separately.</summary>
    Lines = 4,

    /// <summary>
    /// Only the initial user namespace may write it. Elsewhere device nodes cannot be created anyway, so EPERM is harmless.
    /// </summary>
    InitialUserNamespace = 8,

    /// <summary>The kernel may answer ENODEV or EOPNOTSUPP: there is no entry to remove, or it has dropped support for the limit.</summary>
    MayBeUnsupported = 16,
}

/// <summary>One value for one file of a cgroup.</summary>
/// <param name="Controller">
/// The v1 controller whose hierarchy has the file; on v2 the name required in cgroup.controllers, or "" for core files.
/// </param>
/// <param name="Pointer">JSON pointer of the property that requests it.</param>
internal readonly record struct CgroupWrite(
    string Controller, string File, string Value, string Pointer, WriteFlags Flags = WriteFlags.None)
{
    /// <summary>The file that takes <see cref="ElseValue"/> where <see cref="File"/> does not exist.</summary>
    public string? ElseFile { get; init; }

    public string? ElseValue { get; init; }
}
