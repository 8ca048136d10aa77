namespace SharpRunc.Core.Containers;

internal static class Create
{
    public static void Run(RuntimeContext context, string id, CreateOptions options)
        => throw new ContainerException($"Create of {ContainerId.Parse(id)} in {context.Root} is not there yet");
}
