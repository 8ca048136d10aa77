namespace SharpRunc.Core;

/// <summary>What a command is doing, for the <c>stage</c> of an error and for --trace. The names are part of the interface.</summary>
internal enum Stage : byte
{
    None,
    Reading,
    Checking,
    Cgroup,
    Namespaces,
    Mounts,
    Devices,
    Hooks,
    Switch,
    LastMile,
    Start,
    Delete,
}

/// <summary>
/// The stage of this process. The container's first process has its own: it begins with the one in which the runtime has cloned it.
/// </summary>
internal static class Progress
{
    public static Stage Stage { get; private set; }

    public static void Enter(Stage stage)
    {
        Stage = stage;
        Trace.Enter(stage);
    }

    /// <summary>As in logs and traces: <c>last mile</c>; null: the command has no stages, or has not reached one.</summary>
    public static string? NameOf(Stage stage) => stage switch
    {
        Stage.Reading => "reading",
        Stage.Checking => "checking",
        Stage.Cgroup => "cgroup",
        Stage.Namespaces => "namespaces",
        Stage.Mounts => "mounts",
        Stage.Devices => "devices",
        Stage.Hooks => "hooks",
        Stage.Switch => "switch",
        Stage.LastMile => "last mile",
        Stage.Start => "start",
        Stage.Delete => "delete",
        _ => null,
    };
}
