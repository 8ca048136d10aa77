namespace SharpRunc.Core.Containers;

internal static class RunContainer
{
    public static int Run(RuntimeContext context, string id, CreateOptions create, RunOptions run)
        => throw new ContainerException($"RunContainer of {ContainerId.Parse(id)} in {context.Root} is not there yet");
}
