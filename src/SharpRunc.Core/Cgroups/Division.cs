using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// Where below the container's cgroup its processes are placed: crun(1), run.oci.systemd.subgroup and run.oci.delegate-cgroup. The limits
/// stay on the container's own cgroup, and freezing, killing and removal cover all of it.
/// </summary>
/// <param name="Subgroup">The root of the cgroup namespace; "": the container's own cgroup.</param>
/// <param name="Delegated">Below <c>Subgroup</c>, for the container's user to divide further; "": none.</param>
internal readonly record struct Division(string Subgroup, string Delegated)
{
    /// <param name="hasUnit">Without a unit, no cgroup is created below it either, as in crun.</param>
    /// <param name="isV2">
    /// On v1 nothing is divided because delegation is not safe there (crun(1)); the caller reports what is ignored.
    /// </param>
    public static Division Of(Config config, bool hasUnit, bool isV2)
        => isV2 ? new(hasUnit ? EngineAnnotations.Subgroup(config) : "", EngineAnnotations.DelegatedCgroup(config)) : new("", "");

    public bool IsNone => Subgroup.Length == 0 && Delegated.Length == 0;

    /// <summary>The path below the container's cgroup at which its processes are.</summary>
    public string Innermost => Subgroup.Length == 0 || Delegated.Length == 0 ? Subgroup + Delegated : $"{Subgroup}/{Delegated}";
}
