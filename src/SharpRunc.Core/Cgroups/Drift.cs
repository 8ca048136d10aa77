using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Cgroups;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A limit that differs between a plan and the kernel.</summary>
/// <param name="file">Absolute path.</param>
/// <param name="pointer">Of the property that asks for it.</param>
/// <param name="wanted">As it is written.</param>
/// <param name="present">As the file shows it; null: there is no such file.</param>
internal sealed class LimitDrift(string file, string pointer, string wanted, string? present)
{
    private const int MaxNumber = 1 << 16;

    /// <summary>From here on v1 shows what is unlimited: the largest multiple of the page size.</summary>
    private const long Unlimited = long.MaxValue - (1 << 20);

    /// <summary>The flag of update that sets the same number; null: it has none.</summary>
    public string? Flag => file[(file.LastIndexOf('/') + 1)..] switch
    {
        "pids.max" => "--pids-limit",
        "memory.max" or "memory.limit_in_bytes" => "--memory",
        "memory.low" or "memory.soft_limit_in_bytes" => "--memory-reservation",
        "memory.memsw.limit_in_bytes" => "--memory-swap",
        "cpu.shares" => "--cpu-share",
        "cpu.cfs_quota_us" => "--cpu-quota",
        "cpu.cfs_period_us" => "--cpu-period",
        "cpu.idle" => "--cpu-idle",
        "cpuset.cpus" => "--cpuset-cpus",
        "cpuset.mems" => "--cpuset-mems",
        _ => null,
    };

    public string File => file;

    public string Pointer => pointer;

    public string Wanted => wanted;

    public string? Present => present;

    public string FlagValue => Wanted == "max" ? "-1" : Wanted;

    /// <param name="present">What would bring back the file's content, one write per entry; empty: there is no such file.</param>
    public static List<LimitDrift> Find(CgroupDirectory directory, CgroupWrite write, List<CgroupWrite> present)
    {
        List<LimitDrift> found = [];
        string[] lines = write.Value.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (present.Count == 0)
        {
            bool mayBe = (write.Flags & (WriteFlags.MayBeMissing | WriteFlags.MayBeUnsupported)) != 0 || write.ElseFile is not null;
            if (!mayBe && directory.TryRead(write.File) is null)
                found.Add(new($"{directory.Path}/{write.File}", write.Pointer, write.Value, null));
            return found;
        }
        for (int i = 0; i < lines.Length && i < present.Count; i++)
        {
            // The file that has it may be the other one of two.
            string wanted = present[i].File == write.File ? lines[i] : write.ElseValue ?? lines[i];
            if (!IsSame(present[i].File, wanted, present[i].Value))
                found.Add(new($"{directory.Path}/{present[i].File}", write.Pointer, wanted, present[i].Value));
        }
        return found;
    }

    /// <summary>Whether the kernel, that rounds and has its own spellings, would show the one for the other.</summary>
    public static bool IsSame(string file, string wanted, string present)
    {
        if (wanted == present)
            return true;
        if (file.StartsWith("cpuset.", StringComparison.Ordinal))
            return NumberList.TryParse(wanted, MaxNumber) is not { } mask
                || NumberList.TryParse(present, MaxNumber) is { } other && mask.AsSpan().SequenceEqual(other);
        bool areNumbers = TryNumber(wanted, out long asked) & TryNumber(present, out long shown);
        if (!areNumbers)
            return Contains(present.Split(' '), wanted.Split(' '));
        if (file == "cpu.shares")
            return Math.Clamp(asked, 2, 262144) == shown;
        return asked == shown || asked == -1 && shown >= Unlimited || shown <= asked && asked - shown < Rounding(file);
    }

    /// <summary>Of io.max the kernel shows words that were not written.</summary>
    private static bool Contains(string[] present, string[] wanted) => Array.TrueForAll(wanted, word => Array.IndexOf(present, word) >= 0);

    private static bool TryNumber(string text, out long number)
        => long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);

    /// <summary>Limits of memory are rounded down to whole pages, and huge ones have their size in the file's name.</summary>
    private static long Rounding(string file)
    {
        if (file.StartsWith("memory.", StringComparison.Ordinal))
            return PageSize;
        if (!file.StartsWith("hugetlb.", StringComparison.Ordinal) || file.Split('.')[1] is not { Length: > 2 } size)
            return 1;
        int shift = size[^2] == 'K' ? 10 : size[^2] == 'M' ? 20 : 30;
        return TryNumber(size[..^2], out long count) ? count << shift : 1;
    }
}

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
