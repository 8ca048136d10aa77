using System;
using System.Collections.Generic;
using SharpRunc.Core.Cgroups;
using SharpRunc.Core.Cgroups.Systemd;
using SharpRunc.Linux;

namespace SharpRunc.Core.Diagnosing;

/// <summary>Of the host: the cgroup hierarchies, what the caller may do there, and systemd.</summary>
internal static class CgroupReport
{
    private const string Booted = "/run/systemd/system"; // sd_booted(3)

    private static string[] Usual(bool isV2) => isV2
        ? ["cpu", "cpuset", "io", "memory", "pids"]
        : ["cpu", "cpuset", "blkio", "memory", "pids", "devices", "freezer"];

    public static void Add(Findings found, RuntimeContext context)
    {
        found.Try("cgroup", () =>
        {
            CgroupLayout layout = CgroupLayout.Detect();
            if (layout.Hierarchies.Length == 0)
            {
                found.Problem("cgroup", "no cgroup hierarchy is mounted", "mount -t cgroup2 none /sys/fs/cgroup");
                return;
            }
            found.Ok("cgroup", layout.Kind switch
            {
                CgroupKind.V2 => $"cgroup v2 at {layout.Hierarchies[^1].MountPoint}",
                CgroupKind.Hybrid => $"cgroup v1, with the unified hierarchy at {layout.Hierarchies[^1].MountPoint}",
                _ => "cgroup v1, without the unified hierarchy",
            });
            Controllers(found, layout);
            Delegation(found, context, layout);
        });
        found.Try("systemd", () => Systemd(found, context));
    }

    private static void Controllers(Findings found, CgroupLayout layout)
    {
        bool isV2 = layout.Kind == CgroupKind.V2;
        List<string> present = [];
        if (isV2)
            present.AddRange(Words(HostFile.TryRead(layout.Hierarchies[^1].MountPoint + "/cgroup.controllers")));
        else
            foreach (Hierarchy hierarchy in layout.Hierarchies)
                if (!hierarchy.IsUnified && !hierarchy.Key.StartsWith("name=", StringComparison.Ordinal))
                    present.AddRange(hierarchy.Controllers);
        string[] absent = Array.FindAll(Usual(isV2), name => !present.Contains(name));
        string text = present.Count == 0 ? "none" : string.Join(' ', present);
        if (absent.Length == 0)
            found.Ok("controllers", text);
        else
            found.Note("controllers", $"{text}; not {string.Join(' ', absent)}, whose limits are errors",
                isV2 ? "boot without cgroup_disable=, and with no v1 hierarchy of that controller"
                    : "mount -t cgroup -o NAME cgroup /sys/fs/cgroup/NAME");
    }

    /// <summary>cgroups(7), delegation: who may write to cgroup.procs may put processes there.</summary>
    private static void Delegation(Findings found, RuntimeContext context, CgroupLayout layout)
    {
        Hierarchy[] hierarchies = layout.Kind == CgroupKind.V2 ? [layout.Hierarchies[^1]] : layout.Hierarchies;
        List<string> refused = [];
        string first = "";
        foreach (Hierarchy hierarchy in hierarchies)
        {
            string below = hierarchy.OwnBelowMount();
            // As CgroupPath: beside the runtime's own cgroup.
            if (layout.Kind == CgroupKind.V2)
                below = CgroupPath.Parent(below);
            string path = below.Length == 0 ? hierarchy.MountPoint : $"{hierarchy.MountPoint}/{below}";
            first = path;
            using CgroupDirectory place = new(hierarchy.Key, path);
            if (!place.IsOurs())
                refused.Add(path);
        }
        string enabled = "";
        if (layout.Kind == CgroupKind.V2)
        {
            string[] words = Words(HostFile.TryRead(first + "/cgroup.subtree_control"));
            enabled = $", which passes on {(words.Length > 0 ? string.Join(' ', words) : "no controller yet")}";
        }
        if (refused.Count == 0)
            found.Ok("delegation", hierarchies.Length == 1 ? $"containers' cgroups are made in {first}{enabled}"
                : $"containers' cgroups can be made in all {hierarchies.Length.ToString()} hierarchies");
        else
            found.Add(context.CgroupsAreOptional ? Severity.Note : Severity.Problem, "delegation",
                $"no cgroup can be made in {string.Join(", ", refused)}: containers have no limits and no pause",
                layout.Kind == CgroupKind.V2 ? "--systemd-cgroup, after loginctl enable-linger USER; or systemd's Delegate=yes"
                    : "run as root; cgroup v1 cannot be delegated to users");
    }

    private static string[] Words(string? text) => (text ?? "").Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static void Systemd(Findings found, RuntimeContext context)
    {
        if (HostFile.IsMissing(Booted))
        {
            found.Note("systemd", $"this machine was not booted with systemd ({Booted} is missing): cgroups are made without it",
                context.SystemdCgroup ? "omit --systemd-cgroup" : null);
            return;
        }
        bool isUser = context.Euid != 0 || UserNamespace.IsNested() && !SystemdBus.IsOwnedByUs();
        try
        {
            using SystemdBus bus = SystemdBus.Open(isUser);
            string group = bus.ControlGroup.Length == 0 ? "/" : bus.ControlGroup;
            found.Ok("systemd",
                $"systemd {bus.Version.ToString()} of {(isUser ? "the user" : "the system")} answers; its units are in {group}");
        }
        catch (Exception e) when (e is SysException or TimeoutException or FormatException or Linux.DBus.DBusError)
        {
            found.Problem("systemd", $"systemd runs and does not answer: {e.Message}", "systemctl is-system-running");
        }
        catch (ContainerException e)
        {
            found.Note("systemd", $"{e.Message}: --systemd-cgroup cannot be used", e.Hint);
        }
    }
}
