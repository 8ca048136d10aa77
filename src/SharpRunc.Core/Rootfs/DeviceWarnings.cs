using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

/// <summary>
/// Warnings about entries of linux.devices that the container cannot get as the config asks. The runtime reports them before it makes the
/// container.
/// </summary>
internal static class DeviceWarnings
{
    /// <param name="nodes">The result of <see cref="DeviceNodes.TryMake"/>.</param>
    public static List<string> Collect(Config config, NamespacePlan namespaces, Tree? nodes)
    {
        List<string> warnings = [];
        Device[] devices = config.Linux.Devices;
        bool mayMake = devices.Length == 0 || (namespaces.HasUser ? nodes is not null : !UserNamespace.IsNested());
        for (int i = 0; i < devices.Length; i++)
            if (Difference(devices[i], config, mayMake) is { } difference)
                warnings.Add($"/linux/devices/{i}: {difference}");
        return warnings;
    }

    /// <summary>null: the container gets the device that the config asks for.</summary>
    private static string? Difference(Device device, Config config, bool mayMake)
    {
        if (Devices.IsProvidedByRuntime(device.Path, config.Process))
        {
            bool isTerminal = LexicalPath.Clean(device.Path) is "/dev/ptmx" or "/dev/console";
            return isTerminal ? null : $"{device.Path} is a link to the process's own descriptors, so no device is created there";
        }
        if (mayMake || device.Type == 'p' || !IsDifferent(device, config.Linux))
            return null;
        return $"devices cannot be created here; {device.Path} is the host's and keeps its mode and owner";
    }

    /// <summary>Whether the host's node has another mode or owner than requested.</summary>
    private static bool IsDifferent(Device device, Spec.Linux linux)
    {
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, device.Path, O_PATH, out _);
        if (there is null)
            return false; // the bind reports this as an error
        Inode inode = Inode.Of(there, device.Path);
        return device.FileMode is { } mode && (mode & 0xFFF) != inode.Mode
            || device.Uid is { } uid && Outside(linux.UidMappings, uid) != inode.Uid
            || device.Gid is { } gid && Outside(linux.GidMappings, gid) != inode.Gid;
    }

    private static uint? Outside(Spec.IdMapping[] mappings, uint id) => mappings.Length == 0 ? id : Spec.IdMapping.ToHost(mappings, id);
}
