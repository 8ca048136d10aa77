using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Plan;

/// <summary>
/// config-linux.md#mount-label, "the Selinux context for the mounts in the container": every file of a file system created for the
/// container has this context. The policy labels proc, sysfs and cgroup; bind mounts keep their own contexts.
/// </summary>
/// <param name="Context">null: nothing is labelled.</param>
/// <param name="Option">The mount option that applies it to a file system of the config: mount(8).</param>
internal readonly record struct MountLabel(string? Context, string Option)
{
    private static readonly string[] LabelledByPolicy = ["proc", "sysfs", "mqueue", "cgroup", "cgroup2"];

    public static MountLabel Of(Config config)
        => new(config.Linux.MountLabel is { Length: > 0 } label ? label : null, EngineAnnotations.MountContextType(config));

    /// <summary>Adds the context to the options of a mount of the config.</summary>
    public string[] AddTo(string[] options, string type) => AddTo(options, type, Option);

    /// <summary>Adds the context to the options of a tmpfs that the runtime makes on its own.</summary>
    public string[] AddToTmpfs(string[] options) => AddTo(options, "tmpfs", "context");

    /// <summary>Options that name a context keep theirs, because the kernel accepts only one.</summary>
    private string[] AddTo(string[] options, string type, string option)
    {
        if (Context is null || Array.IndexOf(LabelledByPolicy, type) >= 0)
            return options;
        foreach (string listed in options)
            if (listed.StartsWith("context=", StringComparison.Ordinal) || listed.StartsWith(option + "=", StringComparison.Ordinal))
                return options;
        return [.. options, $"{option}=\"{Context}\""];
    }
}
