using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// Where below the container's cgroup its processes are: crun(1), run.oci.systemd.subgroup and run.oci.delegate-cgroup. The limits are those of
/// the container's own, and what is freed, killed and removed is all of it.
/// </summary>
/// <param name="Subgroup">The root of the cgroup namespace; "": the container's own.</param>
/// <param name="Delegated">Below that, and its user's to divide further; "": none.</param>
internal readonly record struct Division(string Subgroup, string Delegated)
{
    /// <param name="hasUnit">A driver that makes no unit makes no cgroup below it either, as with crun.</param>
    /// <param name="isV2">Not on v1, where delegation is not safe (crun(1)); what is asked for and not done the caller tells.</param>
    public static Division Of(Config config, bool hasUnit, bool isV2)
        => isV2 ? new(hasUnit ? EngineAnnotations.Subgroup(config) : "", EngineAnnotations.DelegatedCgroup(config)) : new("", "");

    public bool IsNone => Subgroup.Length == 0 && Delegated.Length == 0;

    /// <summary>Below the container's cgroup, where its processes are.</summary>
    public string Innermost => Subgroup.Length == 0 || Delegated.Length == 0 ? Subgroup + Delegated : $"{Subgroup}/{Delegated}";
}
