using System;

namespace SharpRunc.Core.Cgroups;

/// <summary>In which cases a refusal by the kernel is no error, or not yet.</summary>
[Flags]
internal enum WriteFlags
{
    None,

    /// <summary>A kernel without this file already behaves as requested.</summary>
    MayBeMissing = 1,

    /// <summary>
    /// If refused with EINVAL, the value is written again after all others: two values that bound each other (limit and memory+swap, quota
    /// and burst) must be written in an order that depends on their previous values.
    /// </summary>
    OrLater = 2,

    /// <summary>The kernel accepts one entry per write: each line of the value is written separately.</summary>
    Lines = 4,

    /// <summary>
    /// Only the initial user namespace may write it. Elsewhere device nodes cannot be created anyway, so EPERM is harmless.
    /// </summary>
    InitialUserNamespace = 8,

    /// <summary>The kernel may answer ENODEV or EOPNOTSUPP: there is no entry to remove, or it has dropped support for the limit.</summary>
    MayBeUnsupported = 16,
}

/// <summary>One value for one file of a cgroup.</summary>
/// <param name="Controller">
/// The v1 controller whose hierarchy has the file; on v2 the name required in cgroup.controllers, or "" for core files.
/// </param>
/// <param name="Pointer">JSON pointer of the property that requests it.</param>
internal readonly record struct CgroupWrite(
    string Controller, string File, string Value, string Pointer, WriteFlags Flags = WriteFlags.None)
{
    /// <summary>The file that takes <see cref="ElseValue"/> where <see cref="File"/> does not exist.</summary>
    public string? ElseFile { get; init; }

    public string? ElseValue { get; init; }
}
