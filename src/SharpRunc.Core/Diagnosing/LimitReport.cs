using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Diagnosing;

/// <summary>A container's limits and device rules, as the kernel has them.</summary>
internal static class LimitReport
{
    public static void Limits(Findings found, Container container, Cgroup cgroup)
    {
        Resources stored = StoredResources.Read(container.Directory);
        Resources wanted = container.State.Unit is null ? stored : CpuQuota.Rounded(stored)!;
        CgroupPlan plan = CgroupPlan.ForUpdate(wanted, CgroupLayout.Detect());
        foreach (LimitDrift drift in cgroup.Limits.Drift(plan))
            found.Problem("limits", $"{drift.File} {(drift.Present is null ? "is missing" : $"is {drift.Present}")}; {drift.Pointer} is "
                + drift.Wanted, Remedy(found, container, drift));
        if (!found.Has("limits", Severity.Note))
            found.Ok("limits", plan.Writes.Count == 0 ? "none are asked for"
                : $"{plan.Writes.Count.ToString()} file{(plan.Writes.Count == 1 ? " is" : "s are")} as the config or the last update says");
    }

    private static string Remedy(Findings found, Container container, LimitDrift drift) => drift.Flag is { } flag
        ? $"{found.Runtime} update {flag} {ShellText.Quote(drift.FlagValue)} {container.State.Id}"
        : $"echo {ShellText.Quote(drift.Wanted)} > {ShellText.Quote(drift.File)}";

    public static void Devices(Findings found, Container container, Config config, Cgroup cgroup)
    {
        DeviceSet wanted = DeviceSet.From(config.Linux.Resources?.Devices ?? [], config.Linux.Devices);
        if (DeviceDrift.Find(cgroup, wanted) is not { } drift)
            found.Note("devices", "no rules are in force, or not for this caller to ask");
        else if (drift.Text is null)
            found.Ok("devices", "the rules in force are the config's");
        else
            found.Problem("devices", drift.Text, drift is { Line: { } line, File: { } file }
                ? $"echo {ShellText.Quote(line)} > {ShellText.Quote(file)}"
                : found.Recreate(container.State.Id));
    }
}
