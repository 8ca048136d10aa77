using System;
using System.Collections.Generic;
using System.IO;
using System.Threading;

namespace SharpRunc.Conformance;

/// <summary>The hierarchies as they are mounted here: one of v2, many of v1, or both.</summary>
internal sealed class Cgroups
{
    private readonly List<(string Controllers, string Point)> hierarchies = [];

    public Cgroups()
    {
        foreach (string line in File.ReadAllLines("/proc/self/mountinfo"))
        {
            string[] halves = line.Split(" - "), before = halves[0].Split(' '), after = halves[1].Split(' ');
            if (after[0] == "cgroup2")
                hierarchies.Add(("", before[4]));
            else if (after[0] == "cgroup")
                hierarchies.Add((after[2], before[4]));
        }
    }

    public bool HasV1 => hierarchies.Exists(h => h.Controllers.Length > 0);

    /// <summary>Of v2 alone.</summary>
    public bool IsUnified => !HasV1 && hierarchies.Count > 0;

    public string Layout => IsUnified ? "v2" : !HasV1 ? "none" : hierarchies.Exists(h => h.Controllers.Length == 0) ? "hybrid" : "v1";

    public IEnumerable<string> Points => hierarchies.ConvertAll(h => h.Point);

    /// <summary>Where a controller's files are; null: it is not there.</summary>
    public string? Point(string controller)
    {
        foreach ((string controllers, string point) in hierarchies)
            if (Array.IndexOf(controllers.Split(','), controller) >= 0)
                return point;
        return IsUnified && Array.IndexOf(File.ReadAllText(hierarchies[0].Point + "/cgroup.controllers").Trim().Split(' '), controller) >= 0
            ? hierarchies[0].Point : null;
    }

    /// <summary>All directories of that name, deepest first.</summary>
    public List<string> Of(string name)
    {
        List<string> found = [];
        foreach (string point in Points)
            Below(Path.Combine(point, name.TrimStart('/')), found);
        return found;
    }

    /// <summary>Kills what is in them and removes them.</summary>
    public void Remove(string name)
    {
        for (int attempt = 0; attempt < 50; attempt++)
        {
            List<string> left = Of(name);
            if (left.Count == 0)
                return;
            foreach (string directory in left)
            {
                Thaw(directory);
                foreach (int pid in Processes.In(directory))
                    Processes.Kill(pid, 9);
                Processes.RemoveDirectory(directory);
            }
            Processes.Reap();
            Thread.Sleep(10);
        }
    }

    private static void Thaw(string directory)
    {
        foreach ((string file, string value) in new[] { ("freezer.state", "THAWED"), ("cgroup.freeze", "0") })
            if (File.Exists(Path.Combine(directory, file)))
                Processes.Write(Path.Combine(directory, file), value);
    }

    private static void Below(string directory, List<string> found)
    {
        if (!Directory.Exists(directory))
            return;
        foreach (string child in Directory.GetDirectories(directory))
            Below(child, found);
        found.Add(directory);
    }
}
