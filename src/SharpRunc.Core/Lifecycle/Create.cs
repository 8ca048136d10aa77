namespace SharpRunc.Core.Lifecycle;

/// <summary>runtime.md#create.</summary>
internal static class Create
{
    public static void Run(RuntimeContext context, string id, CreateOptions options) => Creation.Make(context, id, options).Dispose();
}
