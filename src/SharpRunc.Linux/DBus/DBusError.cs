using System;

namespace SharpRunc.Linux.DBus;

/// <summary>An error that the other side answered with (D-Bus specification, "Message Types").</summary>
internal sealed class DBusError(string name, string message) : Exception
{
    /// <summary>What programs look for: <c>org.freedesktop.systemd1.UnitExists</c>.</summary>
    public string Name => name;

    /// <summary>What people read; empty when the other side said nothing more.</summary>
    public string Text => message;

    public override string Message => message.Length == 0 ? name : $"{name}: {message}";
}
