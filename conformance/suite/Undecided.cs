namespace SharpRunc.Conformance;

/// <summary>Sentences that cannot be decided from outside, or not on any machine that we know, and why.</summary>
internal static class Undecided
{
    private const string NoHardware = "needs a processor with Intel RDT and a mounted resctrl: none is at hand to try the test on";

    public static readonly (string Id, string Reason)[] Rows =
    [
        ("mounts.destination-absolute", "is said of other platforms than Linux since 1.2.0"),
        ("capabilities.warning", "runtime.md#runtimeWarnings does not say how, or even if, a warning is shown"),
        ("annotations.keys", "JSON has no other keys than strings"),
        ("netDevices.unmanaged", "what a runtime does not do later is not to be seen"),
        ("netDevices.not-back", "the kernel ends devices of pairs with their namespace; physical ones are not made for a test"),
        ("cgroupsPath.invalid", "which values are invalid the runtime MAY choose"),
        ("cgroups.owner-missing", "a runtime MAY change the owner; no kernel at hand lists files that a cgroup lacks"),
        ("cgroups.owner-fallback", "a runtime MAY change the owner; every kernel at hand has the list"),
        ("memory.checkBeforeUpdate", "of an update, which is none of the specification's operations"),
        ("intelRdt.tasks", NoHardware),
        ("intelRdt.unset", NoHardware),
        ("intelRdt.root", NoHardware),
        ("intelRdt.l3-then-mb", NoHardware),
        ("intelRdt.either", NoHardware),
        ("intelRdt.schemata", NoHardware),
        ("intelRdt.no-schema", NoHardware),
        ("intelRdt.own-directory", NoHardware),
        ("intelRdt.made", NoHardware),
        ("intelRdt.compare", NoHardware),
        ("intelRdt.pre-configured", NoHardware),
        ("intelRdt.removed", NoHardware),
        ("intelRdt.kept", NoHardware),
        ("intelRdt.monitoring", NoHardware),
        ("intelRdt.monitoring-name", NoHardware),
        ("intelRdt.monitoring-removed", NoHardware),
        ("intelRdt.monitoring-fails", NoHardware),
        ("features.null", "whether a runtime knows what it leaves out is not to be seen"),
    ];
}
