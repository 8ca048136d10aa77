using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Plan;

/// <summary>What the config says outside of `process` about every process of the container: its init and those of exec.</summary>
internal sealed record CommonSettings
{
    /// <summary>The caller's supplementary groups stay, and none is set (<see cref="EngineAnnotations.KeepsGroups"/>).</summary>
    public bool KeepsGroups { get; private init; }

    public Personality? Personality { get; private init; }

    public MemoryPolicy? MemoryPolicy { get; private init; }

    /// <summary>linux.resources.cpu.cpus, for an error of the scheduler.</summary>
    public string? Cpus { get; private init; }

    public static CommonSettings From(Config config) => new()
    {
        KeepsGroups = EngineAnnotations.KeepsGroups(config),
        Personality = config.Linux.Personality,
        MemoryPolicy = config.Linux.MemoryPolicy,
        Cpus = config.Linux.Resources?.Cpu?.Cpus,
    };
}
