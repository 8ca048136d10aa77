using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

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
