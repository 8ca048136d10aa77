using System;

namespace SharpRunc.Core.Containers;

/// <summary>runtime.md#query-state.</summary>
internal static class State
{
    /// <summary>The JSON of cli.md §4.</summary>
    public static ReadOnlyMemory<byte> Run(RuntimeContext context, string id)
    {
        using Container container = Container.Open(context, id);
        return new StateOutput(container.State, container.Status, Owner: "").ToJson();
    }
}
