namespace SharpRunc.Core.Init;

/// <summary>What the process has from the runtime's caller, and may keep.</summary>
/// <param name="Umask">config.md#user: it stays unless `umask` is set.</param>
/// <param name="KeepsGroups">
/// The supplementary groups stay: the config says so, or user_namespaces(7) denies setgroups, in the process's user namespace or in one
/// above.
/// </param>
internal readonly record struct Inherited(uint Umask, bool KeepsGroups);
