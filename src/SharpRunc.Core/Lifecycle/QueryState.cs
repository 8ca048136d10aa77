using SharpRunc.Core.Spec;
using SharpRunc.Core.State;

namespace SharpRunc.Core.Lifecycle;

/// <summary>runtime.md#query-state.</summary>
internal static class QueryState
{
    /// <summary>Returns the JSON that state prints.</summary>
    public static byte[] Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        return StateJson.ForCommand(container.Describe());
    }
}
