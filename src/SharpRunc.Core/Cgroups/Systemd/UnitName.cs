using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups.Systemd;

/// <summary>The unit that holds a container, and the slice that contains it (systemd.slice(5)).</summary>
/// <param name="Slice">With its suffix: <c>machine.slice</c>.</param>
/// <param name="Name">With its suffix: a scope, or a slice where cgroupsPath names one.</param>
internal sealed record UnitName(string Slice, string Name)
{
    public const string DefaultPrefix = "sharprunc";
    private const string SliceSuffix = ".slice";
    private const int MaxLength = 255; // systemd.unit(5)

    /// <summary>systemd moves no process into a slice: the container joins its cgroup itself.</summary>
    public bool IsSlice => Name.EndsWith(SliceSuffix, StringComparison.Ordinal);

    /// <summary>
    /// systemd's basic/cgroup-util.c cg_needs_escape: a cgroup name that could be taken for a kernel file gets a leading underscore. These
    /// are the controllers that systemd knows.
    /// </summary>
    private static readonly string[] Controllers =
    [
        "cgroup", "cpu", "cpuacct", "cpuset", "io", "blkio", "memory", "devices", "pids", "bpf-firewall", "bpf-devices", "bpf-foreign",
        "bpf-socket-bind", "bpf-restrict-network-interfaces", "bpf-bind-network-interface",
    ];

    /// <summary>Its cgroup relative to the service manager's own, without a leading slash.</summary>
    public string Path
    {
        get
        {
            if (IsSlice)
                return Expand(Name);
            string slice = Expand(Slice);
            return slice.Length > 0 ? slice + "/" + Escape(Name) : Escape(Name);
        }
    }

    /// <summary>slice:prefix:name becomes prefix-name.scope in the slice; a name that ends in .slice is itself a slice.</summary>
    /// <param name="cgroupsPath">null or empty: treated as :sharprunc:ID.</param>
    /// <param name="isUser">The user's service manager, whose default is user.slice instead of system.slice.</param>
    /// <exception cref="ContainerException">The path does not have this form, or systemd does not accept the names.</exception>
    public static UnitName Parse(string? cgroupsPath, string id, bool isUser)
    {
        string[] parts = string.IsNullOrEmpty(cgroupsPath) ? ["", DefaultPrefix, id] : cgroupsPath.Split(':');
        if (parts is not [var slice, var prefix, var name])
            throw new ContainerException(ErrorCode.SystemdUnitName,
                $"expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"{cgroupsPath}\" instead")
            {
                Pointer = CgroupPath.Pointer,
                Hint = "for a path like /a/b omit --systemd-cgroup",
            };
        if (slice.Length == 0)
            slice = isUser ? "user.slice" : "system.slice";
        UnitName unit = new(slice, name.EndsWith(SliceSuffix, StringComparison.Ordinal) ? name : $"{prefix}-{name}.scope");
        if (name.Length == 0 || !IsValid(unit.Name))
            throw new ContainerException(ErrorCode.SystemdUnitName,
                $"{unit.Name} is not a valid name for a systemd unit: expected at most {MaxLength} letters, digits and : - _ . \\ @")
            {
                Pointer = CgroupPath.Pointer,
            };
        _ = unit.Path; // checks the slice's name
        return unit;
    }

    /// <summary>A slice's name is its location: a-b.slice is in a.slice. "" for -.slice, the root slice.</summary>
    private static string Expand(string slice)
    {
        if (slice == "-" + SliceSuffix)
            return "";
        string[] parts = slice.EndsWith(SliceSuffix, StringComparison.Ordinal) ? slice[..^SliceSuffix.Length].Split('-') : [""];
        if (!IsValid(slice) || Array.IndexOf(parts, "") >= 0)
            throw new ContainerException(ErrorCode.SystemdUnitName, $"{slice} is not a valid name for a systemd slice")
            {
                Pointer = CgroupPath.Pointer,
                Hint = "a-b.slice is a child of a.slice, so no part between dashes may be empty",
            };
        List<string> above = [];
        for (int i = 1; i <= parts.Length; i++)
            above.Add(Escape(string.Join('-', parts[..i]) + SliceSuffix));
        return string.Join('/', above);
    }

    private static string Escape(string unit)
    {
        int dot = unit.IndexOf('.');
        return unit[0] is '_' or '.' || Array.IndexOf(Controllers, unit[..dot]) >= 0 ? "_" + unit : unit;
    }

    private static bool IsValid(string unit)
    {
        foreach (char c in unit)
            if (!char.IsAsciiLetterOrDigit(c) && c is not (':' or '-' or '_' or '.' or '\\' or '@'))
                return false;
        return unit.Length <= MaxLength;
    }
}
