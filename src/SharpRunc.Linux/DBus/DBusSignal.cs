namespace SharpRunc.Linux.DBus;

/// <summary>A received signal.</summary>
/// <param name="Path">The object that sent it.</param>
internal sealed record DBusSignal(string Path, string Interface, string Member, DBusValue[] Body);
