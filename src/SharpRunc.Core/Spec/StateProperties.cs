using System.Collections.Generic;

namespace SharpRunc.Core.Spec;

/// <summary>runtime.md#state, with the additional fields of the <c>state</c> and <c>list</c> commands.</summary>
internal sealed class StateProperties
{
    public string Id = "";

    /// <summary>The init's pid as the runtime sees it; 0 when there is none.</summary>
    public int Pid;

    /// <summary>creating, created, running, stopped; and paused, which the specification does not have.</summary>
    public string Status = "";

    /// <summary>Absolute.</summary>
    public string Bundle = "";

    /// <summary>Absolute.</summary>
    public string Rootfs = "";

    /// <summary>Nanoseconds since 1970, UTC.</summary>
    public long Created;

    public KeyValuePair<string, string>[] Annotations = [];

    /// <summary>A user name or <c>#uid</c> in <c>list</c>; "" in <c>state</c>.</summary>
    public string Owner = "";
}
