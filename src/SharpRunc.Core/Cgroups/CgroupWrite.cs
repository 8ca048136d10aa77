using System;

namespace SharpRunc.Core.Cgroups;

[Flags]
internal enum WriteFlags
{
    None,

    /// <summary>A kernel without this file already does what is asked.</summary>
    MayBeMissing = 1,

    /// <summary>
    /// Refused with EINVAL it is written again after all others: two values that bound each other (limit and memory+swap,
    /// quota and burst) have an order that depends on what they were.
    /// </summary>
    OrLater = 2,

    /// <summary>The kernel takes one entry a write: each line of the value is one.</summary>
    Lines = 4,

    /// <summary>Only the initial user namespace may; elsewhere devices cannot be made anyway, so EPERM there is no loss.</summary>
    InitialUserNamespace = 8,

    /// <summary>The kernel may answer ENODEV or EOPNOTSUPP: there is nothing to take away, or the limit is one that it has given up.</summary>
    MayBeUnsupported = 16,
}

/// <summary>One value for one file of a cgroup.</summary>
/// <param name="Controller">The v1 controller whose hierarchy has the file; on v2 what must be in cgroup.controllers, "" for core files.</param>
/// <param name="Pointer">JSON pointer of the property that asks for it.</param>
internal readonly record struct CgroupWrite(string Controller, string File, string Value, string Pointer, WriteFlags Flags = WriteFlags.None)
{
    /// <summary>Where <see cref="File"/> does not exist: this file takes <see cref="ElseValue"/>.</summary>
    internal string? ElseFile { get; init; }

    internal string? ElseValue { get; init; }
}
