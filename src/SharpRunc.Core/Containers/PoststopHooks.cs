namespace SharpRunc.Core.Containers;

/// <summary>config.md#poststop: after the container is deleted, before delete returns; a failure is only a warning.</summary>
internal static class PoststopHooks
{
    public static void Run(RuntimeContext context, ContainerState state)
    {
        foreach (Spec.Hook hook in state.Poststop)
            context.Warn($"poststop hook {hook.Path} was not run");
    }
}
