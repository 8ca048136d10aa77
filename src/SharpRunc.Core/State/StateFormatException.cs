using System;

namespace SharpRunc.Core.State;

/// <summary>A state.json that cannot be used; the message says why.</summary>
internal sealed class StateFormatException(string message, bool isDamage = false, bool isNewer = false) : Exception(message)
{
    public bool IsNewer => isNewer;

    /// <summary>It was probably written by us.</summary>
    public bool IsDamage => isDamage;
}

/// <summary>The container exists, but its state can no longer be read.</summary>
internal sealed class DamagedStateException(string message, Exception inner) : ContainerException(message, inner)
{
    public const string Remedy = "delete --force removes what is left of the container";
}
