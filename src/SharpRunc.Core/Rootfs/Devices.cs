using System;
using System.Collections.Generic;
using SharpRunc.Core.Plan;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Rootfs;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>config-linux.md#devices and #default-devices.</summary>
internal static class Devices
{
    public static readonly (string Name, uint Major, uint Minor)[] Defaults =
    [
        ("null", 1, 3), ("zero", 1, 5), ("full", 1, 7), ("random", 1, 8), ("urandom", 1, 9), ("tty", 5, 0),
    ];

    // runtime-linux.md#dev-symbolic-links; /dev/ptmx is from #default-devices.
    private static readonly (string Name, string Target)[] Links =
    [
        ("fd", "/proc/self/fd"), ("stdin", "/proc/self/fd/0"), ("stdout", "/proc/self/fd/1"), ("stderr", "/proc/self/fd/2"),
        ("ptmx", "pts/ptmx"),
    ];

    /// <param name="devIsBound">/dev is the caller's own: nothing is created in it, but the listed devices must exist.</param>
    public static void Make(RootfsSetup rootfs, bool devIsBound)
    {
        InitPlan plan = rootfs.Plan;
        using Fd? dev = devIsBound ? null : NodePlace.Open(rootfs, "/dev", pointer: null);
        if (dev is not null)
            MakeDefaults(dev, plan);
        Device[] devices = plan.Rootfs.Devices;
        for (int i = 0; i < devices.Length; i++)
        {
            Device device = devices[i];
            if (IsProvidedByRuntime(device.Path, plan.Process))
                continue;
            if (devIsBound && LexicalPath.Clean(device.Path).StartsWith("/dev/", StringComparison.Ordinal))
            {
                using Fd? there = rootfs.Root.Find(device.Path);
                RequirePresent(there, device, $"/linux/devices/{i}");
                continue;
            }
            using Fd parent = NodePlace.OpenParent(rootfs, device.Path, $"/linux/devices/{i}", out string name);
            Node node = Node.From(device);
            if (plan.Rootfs.Nodes is { } nodes && node.Type != S_IFIFO)
                using (Tree made = DeviceNodes.Clone(nodes, i))
                    Bind(parent, name, made, device.Path, $"/linux/devices/{i}");
            else
                MakeNode(parent, name, node, plan.Namespaces.HasUser, device.Path, $"/linux/devices/{i}");
        }
        if (dev is not null)
            MakeLinks(dev);
    }

    /// <summary>
    /// Whether only the runtime can provide this path: the ptmx of the container's devpts, its terminal, the links to its descriptors. A
    /// node listed there (engines list all of the host's for a privileged container) would hide them.
    /// </summary>
    public static bool IsProvidedByRuntime(string path, Process? process)
    {
        string clean = LexicalPath.Clean(path);
        if (!clean.StartsWith("/dev/", StringComparison.Ordinal))
            return false;
        if (clean == "/dev/console")
            return process is { Terminal: true };
        return IsLink(clean[5..]);
    }

    private static bool IsLink(string name) => Array.Exists(Links, link => link.Name == name);

    private static void MakeDefaults(Fd dev, InitPlan plan)
    {
        foreach ((string name, uint major, uint minor) in Defaults)
            if (IsListed(plan.Rootfs.Devices, name))
                continue;
            else if (plan.Rootfs.Nodes is { } nodes)
                using (Tree made = DeviceNodes.Clone(nodes, name))
                    Bind(dev, name, made, $"/dev/{name}", null);
            else
                MakeNode(dev, name, new Node(S_IFCHR, major, minor, Node.UsualMode, 0, 0), plan.Namespaces.HasUser, $"/dev/{name}", null);
    }

    /// <summary>
    /// "The runtime … MUST make [devices] available in the container": if it may not create them, they must exist already.
    /// </summary>
    public static void RequirePresent(Fd? there, Device device, string pointer)
    {
        if (there is null)
            throw new ContainerException(ErrorCode.DeviceMissing, $"{device.Path} does not exist in the /dev that is bound")
            {
                Pointer = pointer,
                Hint = "no device is created in a bound /dev",
            };
        Node node = Node.From(device);
        if (!node.Is(Inode.Of(there, device.Path)))
            throw new ContainerException(ErrorCode.DeviceOther, $"{device.Path} of the /dev that is bound is not the {node.Kind}")
            {
                Pointer = pointer,
            };
    }

    private static bool IsListed(Device[] devices, string name)
    {
        foreach (Device device in devices)
        {
            string path = LexicalPath.Clean(device.Path);
            if (path.StartsWith("/dev/", StringComparison.Ordinal) && path.AsSpan(5).SequenceEqual(name))
                return true;
        }
        return false;
    }

    private static void MakeNode(Fd directory, string name, Node node, bool byBind, string path, string? pointer)
    {
        string whose = byBind ? ", the host's is bound" : "";
        Steps.Log($"device {path}: {node.Kind}, mode {Convert.ToString(node.Mode, 8)}, owner {node.Uid}:{node.Gid}{whose}");
        bool mayBeBound = node.Type != S_IFIFO;
        SysError error = default;
        if (!byBind || !mayBeBound)
            error = Sys.TryMknodAt(directory, name, node.Type | node.Mode, makedev(node.Major, node.Minor));
        if (mayBeBound && (byBind || error.Errno == EPERM))
        {
            BindFromHost(directory, name, node, path, pointer);
            return;
        }
        bool existed = error.Errno == EEXIST;
        if (error.Failed && !existed)
            throw ContainerException.From(ErrorCode.DeviceFailed, error.On(path), "cannot create the device", pointer);

        if (!existed && node.Uid == 0 && node.Gid == 0)
            return;
        using Fd made = Sys.OpenAt(directory, name, O_PATH | O_NOFOLLOW);
        // "If a file already exists at path that does not match the requested device, the runtime MUST generate an error."
        if (!node.Is(Inode.Of(made, path)))
            throw Exists(path, node, pointer);
        if (existed)
            return;
        error = Sys.TryFchownAt(made, "", node.Uid, node.Gid);
        if (error.Failed)
            throw ContainerException.From(ErrorCode.DeviceFailed, error.On(path), "cannot set the device's owner", pointer);
    }

    /// <summary>Binds the host's node if we may not make nodes, read-only so that it cannot be changed.</summary>
    private static void BindFromHost(Fd directory, string name, Node node, string path, string? pointer)
    {
        try
        {
            using Tree tree = Tree.CloneReadOnly(Fd.Cwd, path);
            RequireHosts(tree.Fd, node, path, pointer);
            Bind(directory, name, tree, path, pointer);
        }
        catch (SysException e)
        {
            throw NoneOfTheHost(e, pointer);
        }
    }

    public static ContainerException NoneOfTheHost(SysException e, string? pointer)
        => ContainerException.From(ErrorCode.DeviceFailed, e, "cannot bind the host's device", pointer);

    public static void RequireHosts(Fd found, Node node, string path, string? pointer)
    {
        if (!node.Is(Inode.Of(found, path)))
            throw new ContainerException(
                ErrorCode.DeviceOther, $"{path} of the host is not the {node.Kind}, and a node cannot be made here")
            {
                Pointer = pointer,
            };
    }

    public static ContainerException Exists(string path, Node node, string? pointer)
        => new(ErrorCode.DeviceOther, $"{path} exists and is not the {node.Kind}") { Pointer = pointer };

    private static void Bind(Fd directory, string name, Tree node, string path, string? pointer)
    {
        Steps.Log($"device {path}: a node of the runtime's or the host's, bound");
        try
        {
            Sys.TryOpenAt(directory, name, O_CREAT | O_EXCL | O_NOFOLLOW | O_RDONLY, out SysError error)?.Dispose();
            if (error.Errno != EEXIST)
                error.On(path).ThrowIfFailed();
            using Fd target = Sys.OpenAt(directory, name, O_PATH | O_NOFOLLOW);
            Inode inode = Inode.Of(target, path);
            if (inode.IsLink)
                throw new UnexpectedInodeException($"{path} is a symbolic link");
            // "If a file already exists at path that does not match the requested device, the runtime MUST generate an error." A regular
            // file is a place to bind to.
            if (inode.Type is S_IFCHR or S_IFBLK && !inode.IsSameDeviceAs(Inode.Of(node.Fd, path)))
                throw new ContainerException(ErrorCode.DeviceOther, $"{path} exists and is another device") { Pointer = pointer };
            node.AttachTo(target);
        }
        catch (SysException e)
        {
            throw ContainerException.From(ErrorCode.DeviceFailed, e, "cannot bind the device", pointer);
        }
    }

    private static void MakeLinks(Fd dev)
    {
        foreach ((string name, string target) in Links)
        {
            SysError error = Sys.TrySymlinkAt(target, dev, name);
            if (error.Errno == EEXIST && name == "ptmx" && !Sys.TryUnlinkAt(dev, name).Failed)
                error = Sys.TrySymlinkAt(target, dev, name);
            if (error.Errno is not (EEXIST or EROFS))
                error.On("/dev/" + name).ThrowIfFailed();
        }
    }
}

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

    private static uint? Outside(IdMapping[] mappings, uint id) => mappings.Length == 0 ? id : IdMapping.ToHost(mappings, id);
}
