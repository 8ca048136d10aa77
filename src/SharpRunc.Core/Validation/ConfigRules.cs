using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>
/// The specification's requirements on one property or on several together, and the runtime's own bounds. All are checked before anything
/// is created, because the specification requires that a refused config leaves the environment as if create had never been tried.
/// </summary>
internal static class ConfigRules
{
    /// <returns>The config without properties that have no effect.</returns>
    public static Config Check(Config config, ValidationContext ctx)
    {
        VersionRules.MustBeSemVerOfOurMajor(config.OciVersion, ctx);
        RootIsRequiredOnLinux(config);
        AnnotationKeysMustNotBeEmpty(config);
        NamespaceRules.WithoutRootAUserNamespaceIsNeeded(config.Linux, ctx);
        config = NamespaceRules.MappingsAreOfAUserNamespace(config, ctx);
        MountRules.Check(config, ctx);
        if (config.Process is not null)
            ProcessRules.Check(config.Process, "/process", ctx);
        HookRules.Check(config.Hooks);
        NamespaceRules.Check(config);
        LinuxRules.Check(config.Linux, ctx);
        SysctlRules.Check(config.Linux, ctx);
        if (config.Linux.Seccomp is not null)
            SeccompRules.Check(config.Linux.Seccomp);
        if (config.Linux.Resources is not null)
            ResourceRules.Check(config.Linux.Resources, "/linux/resources", ctx);
        return config;
    }

    /// <summary>config.md#root: "On POSIX platforms … this field is REQUIRED".</summary>
    private static void RootIsRequiredOnLinux(Config config)
    {
        if (config.Root is null)
            throw Rule.Broken("/root", "is required on Linux");
        if (config.Root.Path.Length == 0)
            throw Rule.Broken("/root/path", "must not be empty");
    }

    /// <summary>config.md#annotations: "Keys MUST NOT be an empty string".</summary>
    private static void AnnotationKeysMustNotBeEmpty(Config config)
    {
        foreach ((string key, _) in config.Annotations)
            if (key.Length == 0)
                throw Rule.Broken("/annotations/", "a key must not be empty");
    }
}
