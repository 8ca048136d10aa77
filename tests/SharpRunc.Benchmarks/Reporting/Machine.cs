using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>Where it was measured, in the kernel's own words.</summary>
internal static class Machine
{
    private const string Vulnerabilities = "/sys/devices/system/cpu/vulnerabilities";

    public static string Load => Read("/proc/loadavg");

    /// <summary>Before anything is unmounted.</summary>
    public static List<(string Name, string Value)> Describe() =>
    [
        ("date", DateTime.UtcNow.ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)),
        ("distribution", Field("/etc/os-release", "PRETTY_NAME", '=').Trim('"')),
        ("kernel", $"{Read("/proc/sys/kernel/osrelease")} {Read("/proc/sys/kernel/version")}"),
        ("processor", Field("/proc/cpuinfo", "model name", ':')),
        ("processors", Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture)),
        ("virtual", Field("/proc/cpuinfo", "flags", ':').Contains(" hypervisor", StringComparison.Ordinal) ? "yes" : "no"),
        ("frequency governor", Read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")),
        ("memory", Field("/proc/meminfo", "MemTotal", ':')),
        ("swap", Field("/proc/meminfo", "SwapTotal", ':')),
        ("cgroups", Cgroups()),
        ("mitigations", Mitigations()),
    ];

    /// <summary>The layout, from the mounts below /sys/fs/cgroup.</summary>
    private static string Cgroups()
    {
        List<string> controllers = [];
        bool v2 = false;
        foreach (string line in File.ReadAllLines("/proc/self/mounts"))
            if (line.Split(' ') is [_, string point, string type, string options, ..]
                && point.StartsWith("/sys/fs/cgroup", StringComparison.Ordinal))
            {
                v2 |= type == "cgroup2";
                if (type == "cgroup")
                    controllers.Add(options[(options.LastIndexOf(',') + 1)..]);
            }
        return (v2, controllers.Count) switch
        {
            (true, 0) => "v2: " + Read("/sys/fs/cgroup/cgroup.controllers"),
            (true,
                _) =>
                $"hybrid, v1 hierarchies {string.Join(", ", controllers)}; its v2 mount is hidden from all runtimes, because crun refuses that layout",
            (false, 0) => "none",
            (false, _) => "v1: " + string.Join(", ", controllers),
        };
    }

    /// <summary>What the processor is affected by and how; the rest is counted.</summary>
    private static string Mitigations()
    {
        if (!Directory.Exists(Vulnerabilities))
            return "not told";
        List<string> affected = [];
        int not = 0;
        foreach (string file in Directory.GetFiles(Vulnerabilities))
            if (Read(file) == "Not affected")
                not++;
            else
                affected.Add($"{Path.GetFileName(file)}: {Read(file)}");
        affected.Sort(StringComparer.Ordinal);
        affected.Add($"{not} others: not affected");
        return string.Join("; ", affected);
    }

    private static string Field(string file, string name, char separator)
    {
        if (File.Exists(file))
            foreach (string line in File.ReadLines(file))
                if (line.Split(separator, 2) is [string key, string value] && key.Trim() == name)
                    return value.Trim();
        return "not told";
    }

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "not told";
        }
    }
}
