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

/// <summary>config.md#posix-platform-hooks.</summary>
internal static class HookRules
{
    public static void Check(Spec.Hooks hooks)
    {
        Check(hooks.Prestart, "prestart");
        Check(hooks.CreateRuntime, "createRuntime");
        Check(hooks.CreateContainer, "createContainer");
        Check(hooks.StartContainer, "startContainer");
        Check(hooks.Poststart, "poststart");
        Check(hooks.Poststop, "poststop");
    }

    private static void Check(Hook[] hooks, string kind)
    {
        for (int i = 0; i < hooks.Length; i++)
        {
            PathMustBeAbsolute(hooks[i], kind, i);
            TimeoutMustBeGreaterThanZero(hooks[i], kind, i);
            Rule.MustBeEnvironment($"/hooks/{kind}/{i}/env", hooks[i].Env ?? []);
        }
    }

    /// <summary>"runtimes MUST resolve this value in the runtime namespace" and "path … REQUIRED absolute path".</summary>
    private static void PathMustBeAbsolute(Hook hook, string kind, int index)
    {
        if (!hook.Path.StartsWith('/'))
            throw Rule.Broken($"/hooks/{kind}/{index}/path", $"must be an absolute path; got \"{hook.Path}\"");
    }

    /// <summary>"If set, timeout MUST be greater than zero".</summary>
    private static void TimeoutMustBeGreaterThanZero(Hook hook, string kind, int index)
    {
        if (hook.Timeout is <= 0)
            throw Rule.Broken($"/hooks/{kind}/{index}/timeout", $"must be greater than zero seconds; got {hook.Timeout}");
    }
}
