using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>How the device rules in force differ from the config's.</summary>
/// <param name="Text">What differs; null: nothing.</param>
/// <param name="Mend">A command that undoes the difference; null: there is none.</param>
internal sealed record DeviceDrift(string? Text, string? Mend)
{
    private static readonly DeviceDrift None = new(null, null);

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
            (_, true) => None,
            (0, _) => new($"no device program is attached to {path}: every device may be used", null),
            (1, _) => new($"the device program attached to {path} is not the config's", null),
            (var count, _) => new($"{count} device programs are attached to {path}, and all of them must allow an access", null),
        };
    }

    /// <summary>Where all but exceptions is allowed, the kernel shows only that.</summary>
    private static DeviceDrift? FromList(CgroupDirectory directory, DeviceSet wanted)
    {
        string[] lines = (directory.TryRead("devices.list") ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        bool allowsAll = Array.IndexOf(lines, "a *:* rwm") >= 0;
        if (allowsAll == wanted.AllowsByDefault && allowsAll)
            return None;
        if (allowsAll)
            return new($"{directory.Path}/devices.list allows every device", null);
        if (wanted.AllowsByDefault)
            return new($"{directory.Path}/devices.list no longer allows all devices", $"echo a > {directory.Path}/devices.allow");
        List<DeviceExemption> present = [];
        foreach (string line in lines)
            if (DeviceExemption.Parse(line) is { } entry)
                present.Add(entry);
        foreach (DeviceExemption entry in wanted.Exemptions)
            if (!present.Remove(entry))
                return new($"{directory.Path}/devices.list lacks \"{entry}\"", $"echo '{entry}' > {directory.Path}/devices.allow");
        return present is [var more, ..]
            ? new($"{directory.Path}/devices.list has \"{more}\", which the config does not allow",
                $"echo '{more}' > {directory.Path}/devices.deny")
            : None;
    }
}
