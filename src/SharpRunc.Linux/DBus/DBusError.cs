using System;

namespace SharpRunc.Linux.DBus;

/// <summary>An error reply (D-Bus specification, "Message Types").</summary>
internal sealed class DBusError(string name, string message) : Exception
{
    /// <summary>The name that programs check: <c>org.freedesktop.systemd1.UnitExists</c>.</summary>
    public string Name => name;

    /// <summary>The text for users; empty if the other side sent only the name.</summary>
    public string Text => message;

    public override string Message => message.Length == 0 ? name : $"{name}: {message}";
}
