namespace SharpRunc.Core.Containers;

internal static class Start
{
    public static void Run(RuntimeContext context, string id)
        => throw new ContainerException($"Start of {ContainerId.Parse(id)} in {context.Root} is not there yet");
}
