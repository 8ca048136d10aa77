using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>How the device rules in force differ from the config's.</summary>
/// <param name="text">What differs; null: nothing.</param>
/// <param name="line">What undoes the difference when it is written to the file; null: nothing does.</param>
internal sealed class DeviceDrift(string? text, string? line = null, string? file = null)
{
    public string? Text => text;

    public string? Line => line;

    public string? File => file;

    /// <returns>null: the rules are not this caller's to ask, or nothing enforces them here.</returns>
    public static DeviceDrift? Find(Cgroup cgroup, DeviceSet wanted)
    {
        if (cgroup.Find("devices") is { } directory)
            return FromList(directory, wanted);
        if (!DeviceSet.CanBeEnforced || cgroup.UnifiedDirectory?.TryOpen() is not { } unified)
            return null;
        string path = cgroup.UnifiedDirectory.Path;
        return V2.DeviceProgram.Compare(unified, wanted) switch
        {
            null => null,
            (_, true) => new(null),
            (0, _) => new($"no device program is attached to {path}: every device may be used"),
            (1, _) => new($"the device program attached to {path} is not the config's"),
            (var count, _) => new($"{count.ToString()} device programs are attached to {path}, and all of them must allow an access"),
        };
    }

    /// <summary>Where all but exceptions is allowed, the kernel shows only that.</summary>
    private static DeviceDrift? FromList(CgroupDirectory directory, DeviceSet wanted)
    {
        string[] lines = (directory.TryRead("devices.list") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string allow = directory.Path + "/devices.allow";
        bool allowsAll = Array.IndexOf(lines, "a *:* rwm") >= 0;
        if (allowsAll == wanted.AllowsByDefault && allowsAll)
            return new(null);
        if (allowsAll)
            return new($"{directory.Path}/devices.list allows every device");
        if (wanted.AllowsByDefault)
            return new($"{directory.Path}/devices.list no longer allows all devices", "a", allow);
        List<DeviceExemption> present = [];
        foreach (string shown in lines)
            if (DeviceExemption.Parse(shown) is { } entry)
                present.Add(entry);
        foreach (DeviceExemption entry in wanted.Exemptions)
            if (!present.Remove(entry))
                return new($"{directory.Path}/devices.list lacks \"{entry.ToString()}\"", entry.ToString(), allow);
        return present is [var more, ..]
            ? new($"{directory.Path}/devices.list has \"{more.ToString()}\", which the config does not allow", more.ToString(),
                directory.Path + "/devices.deny")
            : new(null);
    }
}
