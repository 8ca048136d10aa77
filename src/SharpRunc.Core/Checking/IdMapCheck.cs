using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Init;
using SharpRunc.Core.Lifecycle;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

/// <summary>
/// config-linux.md#user-namespace-mappings: whether the kernel, or newuidmap(1) and newgidmap(1), would write the maps of a new user
/// namespace.
/// </summary>
internal sealed class IdMapCheck(HostFindings found)
{
    private readonly Spec.Linux linux = found.Config.Linux;

    public void Run()
    {
        if (!Array.Exists(linux.Namespaces, static entry => entry is { Type: NamespaceType.User, Path: null }))
            return;
        Check(linux.UidMappings, "uid", Sys.GetEuid(), "CAP_SETUID", SubordinateIds.Uids);
        Check(linux.GidMappings, "gid", Sys.GetEgid(), "CAP_SETGID", SubordinateIds.Gids);
    }

    private void Check(IdMapping[] mappings, string kind, uint own, string capability, string grants)
    {
        string pointer = $"/linux/{kind}Mappings";
        bool isPrivileged = found.Context.Euid == 0 && Capability.IsPermitted(capability);
        if (isPrivileged)
            RequireMappedOutside(mappings, kind, pointer);
        else if (mappings is not [{ Size: 1 } only] || only.HostId != own)
            RequireGranted(mappings, own, grants, $"new{kind}map", pointer);
    }

    /// <summary>user_namespaces(7): "the mapped user IDs must in turn have a mapping in the parent user namespace".</summary>
    private void RequireMappedOutside(IdMapping[] mappings, string kind, string pointer)
    {
        IdMapping[] ours = IdMaps.Parse(HostFindings.Read($"/proc/self/{kind}_map"));
        for (int i = 0; i < mappings.Length; i++)
            if (!Array.Exists(ours, line => IsWithin(mappings[i], line)))
                found.Error(
                    ErrorCode.NamespaceMap, $"{pointer}/{i}",
                    $"the {kind}s {Ids(mappings[i])} are not mapped in the runtime's own user namespace", EPERM,
                    $"/proc/self/{kind}_map lists what is mapped");
    }

    private static bool IsWithin(IdMapping mapping, IdMapping line) => mapping.HostId >= line.ContainerId
        && (ulong)mapping.HostId + mapping.Size <= (ulong)line.ContainerId + line.Size;

    private void RequireGranted(IdMapping[] mappings, uint own, string file, string tool, string pointer)
    {
        if (SearchPath.Find(tool) is null)
        {
            found.Error(
                ErrorCode.NamespaceMap, pointer,
                $"the kernel lets us map only our own id, and {tool} is not in PATH", ENOENT, IdMaps.ToolIsMissing(tool));
            return;
        }
        if (HostFindings.Read("/etc/nsswitch.conf") is { } names && names.Contains("\nsubid:", StringComparison.Ordinal))
            return; // nsswitch.conf(5): another database grants them
        string uid = found.Context.Euid.ToString(CultureInfo.InvariantCulture), name = new UserNames().Find(found.Context.Euid);
        List<(ulong First, ulong Last)> granted = SubordinateIds.Of(file, name, uid);
        for (int i = 0; i < mappings.Length; i++)
        {
            bool isOwn = mappings[i] is { Size: 1 } one && one.HostId == own;
            if (!isOwn && !SubordinateIds.Covers(granted, mappings[i].HostId, (ulong)mappings[i].HostId + mappings[i].Size - 1))
                found.Error(ErrorCode.NamespaceMap, $"{pointer}/{i}",
                    $"the kernel lets us map only our own id, and {file} does not grant {name} {Ids(mappings[i])}",
                    EPERM, $"{file} must grant you these ids");
        }
    }

    private static string Ids(IdMapping mapping) => mapping.Size == 1
        ? mapping.HostId.ToString(CultureInfo.InvariantCulture)
        : $"{mapping.HostId} to {(ulong)mapping.HostId + mapping.Size - 1}";
}
