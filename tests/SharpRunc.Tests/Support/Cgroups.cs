using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;

namespace SharpRunc.Tests.Support;

/// <summary>The cgroups below one top-level name, in every hierarchy of the host.</summary>
internal static class Cgroups
{
    private const string MountPoint = "/sys/fs/cgroup";

    /// <summary>
    /// Where hierarchies are mounted. Another folder there is none: crun makes some where it expects a hierarchy, and leaves them.
    /// </summary>
    public static List<string> Hierarchies
    {
        get
        {
            List<string> points = [];
            foreach (string[] line in Mounts())
                points.Add(line[4]);
            return points;
        }
    }

    /// <summary>A v1 hierarchy has the controller.</summary>
    public static bool Has(string controller)
    {
        foreach (string[] line in Mounts())
            if (Array.IndexOf(line[^1].Split(','), controller) >= 0)
                return true;
        return false;
    }

    /// <summary>Directories of that name that exist.</summary>
    public static List<string> Of(string name)
    {
        List<string> paths = [];
        foreach (string hierarchy in Hierarchies)
            if (Path.Combine(hierarchy, name) is var path && Directory.Exists(path))
                paths.Add(path);
        return paths;
    }

    /// <summary>The fields of their lines in proc_pid_mountinfo(5).</summary>
    private static IEnumerable<string[]> Mounts()
    {
        foreach (string line in File.ReadAllLines("/proc/self/mountinfo"))
            if (line.Contains(" - cgroup", StringComparison.Ordinal) && line.Split(' ') is var fields
                && fields[4].StartsWith(MountPoint, StringComparison.Ordinal))
                yield return fields;
    }

    /// <summary>Folders beside the v1 hierarchies that are none: crun and Podman leave such.</summary>
    public static List<string> PlainFolders()
    {
        HashSet<string> mounted = [.. Mounts().Select(static fields => fields[4])];
        return mounted.Contains(MountPoint)
            ? []
            : [.. Directory.GetDirectories(MountPoint)
                .Where(path => new DirectoryInfo(path).LinkTarget is null && !mounted.Contains(path))];
    }

    /// <summary>Process ids in a cgroup and below it.</summary>
    public static List<string> Processes(string cgroup)
    {
        List<string> pids = [.. File.ReadAllLines(Path.Combine(cgroup, "cgroup.procs"))];
        foreach (string child in Directory.GetDirectories(cgroup))
            pids.AddRange(Processes(child));
        return pids;
    }

    /// <summary>Parents that engines make and leave, where no container is in them.</summary>
    public static void RemoveEmpty(params string[] names)
    {
        foreach (string name in names)
            foreach (string path in Of(name))
                rmdir(path);
    }

    /// <summary>Kills what is in them and removes them.</summary>
    public static void Remove(string name)
    {
        foreach (string path in Of(name))
            RemoveOne(path);
    }

    private static void RemoveOne(string path)
    {
        foreach (string pid in File.ReadAllLines(Path.Combine(path, "cgroup.procs")))
            kill(int.Parse(pid, CultureInfo.InvariantCulture), 9);
        foreach (string child in Directory.GetDirectories(path))
            RemoveOne(child);
        for (int attempt = 0; attempt < 100 && rmdir(path) != 0; attempt++)
            System.Threading.Thread.Sleep(10);
    }

    [DllImport("libc")]
    private static extern int kill(int pid, int signal);

    [DllImport("libc")]
    private static extern int rmdir([MarshalAs(UnmanagedType.LPUTF8Str)] string path);
}
