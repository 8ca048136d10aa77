using System;
using System.Collections.Generic;

namespace SharpRunc.Core.Cgroups;

/// <summary>exec --cgroup: where below the container's cgroup the process is placed, for each controller or for all.</summary>
internal sealed class SubCgroups
{
    /// <summary>The container's own cgroup.</summary>
    public static readonly SubCgroups None = new([]);

    private readonly (string Controller, string Path)[] rows;

    private SubCgroups((string, string)[] rows, bool isAsked = false) => (this.rows, IsAsked) = (rows, isAsked);

    /// <summary>Requested by the caller, who accepts no other place.</summary>
    public bool IsAsked { get; }

    /// <summary>Where the container's own processes are placed.</summary>
    public static SubCgroups At(LeafCgroup leaf) => leaf.IsNone ? None : new([("", leaf.Path)]);

    /// <param name="given">Each is [controller[,…]:]path; a path alone applies to all controllers.</param>
    /// <exception cref="ContainerException">A path leaves the container's cgroup, or a controller is named twice.</exception>
    public static SubCgroups Parse(IReadOnlyList<string> given)
    {
        if (given.Count == 0)
            return None;
        List<(string Controller, string Path)> rows = [];
        foreach (string text in given)
        {
            int colon = text.IndexOf(':');
            string path = text[(colon + 1)..].Trim('/');
            if (Array.IndexOf(path.Split('/'), "..") >= 0)
                throw new ContainerException(
                    ErrorCode.UsageValue, $"--cgroup {text}: bad sub cgroup path: it must stay below the container's cgroup");
            string[] controllers = colon < 0 ? [""] : text[..colon].Split(',');
            foreach (string controller in controllers)
            {
                if (rows.Exists(row => row.Controller == controller))
                {
                    string who = controller.Length == 0 ? "all controllers already have" : controller + " already has";
                    throw new ContainerException(ErrorCode.UsageValue, $"--cgroup {text}: {who} a path");
                }
                rows.Add((controller, path));
            }
        }
        return new([.. rows], isAsked: true);
    }

    /// <summary>The path for a hierarchy; "" for the container's own cgroup.</summary>
    /// <param name="key">The hierarchy's controllers joined by commas; "" for the unified one.</param>
    public string Find(string key)
    {
        string path = "";
        string[] controllers = key.Split(',');
        foreach ((string controller, string below) in rows)
            if (controller.Length == 0)
                path = below;
            else if (Array.IndexOf(controllers, controller) >= 0)
                return below;
        return path;
    }

    /// <summary>Every named controller must be in some hierarchy; cgroup v2 has a single one for all.</summary>
    public void RequireKnown(IEnumerable<string> keys)
    {
        foreach ((string controller, _) in rows)
        {
            bool known = controller.Length == 0;
            foreach (string key in keys)
                known |= Array.IndexOf(key.Split(','), controller) >= 0;
            if (!known)
                throw new ContainerException(
                    ErrorCode.UsageValue, $"--cgroup: no cgroup v1 hierarchy of the container has the controller {controller}");
        }
    }
}
