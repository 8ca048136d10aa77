using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Rootfs;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#devices: where nodes can be made they need a free place and an owner, and elsewhere the host must have them.
/// </summary>
internal sealed class DeviceCheck(HostFindings found, RootfsView view)
{
    private readonly Spec.Linux linux = found.Config.Linux;
    private readonly Access access = Access.OfSetup(found);
    private readonly string? bound = BoundDev(found);

    public void Run()
    {
        bool hasMount = Array.Exists(linux.Namespaces, static entry => entry.Type == NamespaceType.Mount);
        if (found.HasUser && !hasMount)
            return;
        bool mayMake = found.IsInitialRoot && Capability.IsPermitted("CAP_MKNOD");
        Dictionary<string, Node> listed = [];
        if (bound is null)
            foreach ((string name, uint major, uint minor) in Devices.Defaults)
                if (!Array.Exists(linux.Devices, device => LexicalPath.Clean(device.Path) == "/dev/" + name))
                    found.Try(() => Check($"/dev/{name}", new(S_IFCHR, major, minor, Node.UsualMode, 0, 0), null, mayMake));
        for (int i = 0; i < linux.Devices.Length; i++)
        {
            Device device = linux.Devices[i];
            string path = LexicalPath.Clean(device.Path), pointer = $"/linux/devices/{i}";
            if (Devices.IsProvidedByRuntime(path, found.Config.Process))
                continue;
            Node node = Node.From(device);
            bool isRepeated = !listed.TryAdd(path, node);
            found.Try(() =>
            {
                if (isRepeated && (listed[path].Type, listed[path].Major, listed[path].Minor) != (node.Type, node.Major, node.Minor))
                    throw Devices.Exists(device.Path, node, pointer);
                if (bound is not null && path.StartsWith("/dev/", StringComparison.Ordinal))
                    CheckBound(device, path, pointer);
                else
                    Check(path, node, pointer, mayMake || node.Type == S_IFIFO);
            });
        }
    }

    private void Check(string path, Node node, string? pointer, bool mayMake)
    {
        if (mayMake && linux.UidMappings.Length > 0 && node.Type != S_IFIFO)
            DeviceNodes.OwnerOutside(node, linux, pointer);
        if (mayMake)
            CheckPlace(path, node, pointer);
        else
            CheckHosts(path, node, pointer);
    }

    /// <summary>In a user namespace a node is bound to its place, which may be a file.</summary>
    private void CheckPlace(string path, Node node, string? pointer)
    {
        Place place = view.Look(path, out Inode there, out _, noFollow: true);
        if (place == Place.Missing && !access.MayMake(view, path))
            throw ContainerException.From(
                ErrorCode.DeviceFailed, new SysException("mknodat", path, EACCES), "cannot create the device", pointer);
        if (place != Place.Found)
            return;
        bool mayBind = found.HasUser && node.Type != S_IFIFO && there.Type is not (S_IFCHR or S_IFBLK or S_IFDIR or S_IFLNK);
        if (!mayBind && !node.Is(there))
            throw Devices.Exists(path, node, pointer);
    }

    private static void CheckHosts(string path, Node node, string? pointer)
    {
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, path, O_PATH, out SysError error);
        if (there is null)
            throw Devices.NoneOfTheHost(new("open_tree", path, error.Errno), pointer);
        Devices.RequireHosts(there, node, path, pointer);
    }

    private void CheckBound(Device device, string path, string pointer)
    {
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, bound + path["/dev".Length..], O_PATH, out SysError error);
        if (there is not null || error.Errno == ENOENT)
            Devices.RequirePresent(there, device, pointer);
    }

    /// <summary>The source of a bind mount on /dev, in which no device is made; null: there is none.</summary>
    private static string? BoundDev(HostFindings found)
    {
        MountStep[] steps = MountStep.All(found.Config.Mounts, found.Bundle);
        return Array.FindLast(steps, static step => step is { Kind: MountKind.Bind, Destination: "/dev" })?.Source;
    }
}

/// <summary>capabilities(7), of this process.</summary>
internal static class Capability
{
    public static bool IsPermitted(string name) => (Sys.PermittedCapabilities() >> Array.IndexOf(CapabilityNames.All, name) & 1) != 0;
}
