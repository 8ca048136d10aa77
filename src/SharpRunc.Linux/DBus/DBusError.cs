using System;

namespace SharpRunc.Linux.DBus;

/// <summary>The peer's answer that it will not.</summary>
/// <param name="name">org.freedesktop.DBus.Error.….</param>
/// <param name="text">For people; may be empty.</param>
internal sealed class DBusError(string name, string text) : Exception(text.Length > 0 ? text : name)
{
    public string Name => name;

    public string Text => text;
}

/// <summary>Something that the peer tells whoever listens.</summary>
internal sealed record DBusSignal(string Path, string Interface, string Member, DBusValue[] Body);
