namespace SharpRunc.Core.Plan;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#rootfs-mount-propagation: later mounts of the host reach the container (slave) or not (private), and the container's
/// mounts reach the host only if shared. The default is private, including all bind mounts.
/// </summary>
/// <param name="Flags">MS_…; null: the config asks for none.</param>
internal readonly record struct Propagation(ulong? Flags)
{
    private static readonly (string Name, ulong Flags)[] All =
    [
        ("shared", MS_SHARED), ("rshared", MS_SHARED | MS_REC), ("slave", MS_SLAVE), ("rslave", MS_SLAVE | MS_REC),
        ("private", MS_PRIVATE), ("rprivate", MS_PRIVATE | MS_REC), ("unbindable", MS_UNBINDABLE), ("runbindable", MS_UNBINDABLE | MS_REC),
    ];

    /// <summary>Mounts propagate in neither direction.</summary>
    public bool IsPrivate => !Has(MS_SHARED | MS_SLAVE);

    public bool IsShared => Has(MS_SHARED);

    /// <summary>
    /// What the host's mounts become in the container's mount namespace, until the root is switched. By default slaves: a mount that the
    /// host unmounts in the meantime must not be held, and a bind mount may ask to be a slave. An unbindable mount could not be bound into
    /// the container.
    /// </summary>
    public ulong BeforeSwitch
    {
        get
        {
            ulong flags = Flags ?? MS_SLAVE;
            return (Has(MS_UNBINDABLE) ? MS_PRIVATE : flags) | MS_REC;
        }
    }

    /// <summary>What the root itself becomes when everything is in place; null: it is that already.</summary>
    public ulong? OfRoot => Has(MS_SHARED | MS_SLAVE | MS_UNBINDABLE) ? Flags : null;

    /// <param name="name">Already validated; null: the default.</param>
    public static Propagation Of(string? name)
    {
        foreach ((string known, ulong flags) in All)
            if (known == name)
                return new(flags);
        return default;
    }

    private bool Has(ulong any) => (Flags & any) is not (null or 0);
}
