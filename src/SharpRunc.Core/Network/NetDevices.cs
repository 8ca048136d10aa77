using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Network;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#network-devices: moves devices from the runtime's network namespace into the container's. Once the container is created
/// they belong to it: "MUST NOT actively manage the interface's lifecycle". A create that fails moves them back and restores them.
/// </summary>
internal sealed class NetDevices : IDisposable
{
    private readonly List<MovedDevice> moved = [];
    private readonly Fd own = Sys.OpenAt(Fd.Cwd, "/proc/thread-self/ns/net", O_RDONLY);
    private readonly Fd theirs;
    private readonly Netlink here = new();
    private readonly Netlink there;
    private readonly LinkWatch watch;

    /// <param name="theirs">The container's network namespace; this object takes ownership.</param>
    private NetDevices(Fd theirs)
    {
        this.theirs = theirs;
        there = In(theirs, own, static () => new Netlink());
        watch = In(theirs, own, static () => new LinkWatch());
    }

    public void Dispose()
    {
        here.Dispose();
        there.Dispose();
        watch.Dispose();
        own.Dispose();
        theirs.Dispose();
    }

    /// <summary>
    /// "The runtime MUST check that moving the network interface to the container namespace is possible": everything that can be checked
    /// before anything is created.
    /// </summary>
    /// <param name="joined">The container's network namespace; null if it does not exist yet.</param>
    public static void RequireMovable(Spec.Linux linux, Fd? joined)
    {
        DeviceMove[] moves = DeviceMove.All(linux);
        using Netlink here = new();
        foreach (DeviceMove move in moves)
            Require(here, move);
        if (joined is null)
            return;
        using Fd own = Sys.OpenAt(Fd.Cwd, "/proc/thread-self/ns/net", O_RDONLY);
        if (Sys.TrySetns(joined, CLONE_NEWNET, "network namespace").Failed)
            return; // the child reports what is wrong with the path
        Sys.Setns(own, CLONE_NEWNET, "own network namespace");
        using Netlink there = In(joined, own, static () => new Netlink());
        RequireNamesFree(moves, there);
    }

    /// <summary>Moves all of them, or none.</summary>
    /// <param name="theirs">The container's network namespace; the result takes ownership.</param>
    /// <param name="mayBeThere">
    /// A device that is not in the runtime's namespace but already in the container's was moved before: it is left alone.
    /// </param>
    /// <param name="warn">Receives what cannot be undone after a failed move.</param>
    public static NetDevices Move(Spec.Linux linux, Fd theirs, bool mayBeThere, Action<string> warn)
    {
        NetDevices devices = new(theirs);
        try
        {
            if (Inode.Of(devices.own, "own network namespace").Number == Inode.Of(theirs, "network namespace").Number)
                throw new ContainerException(
                    ErrorCode.NetworkDeviceRefused, "/linux/netDevices: the container's network namespace is the runtime's own")
                {
                    Pointer = "/linux/netDevices",
                };
            DeviceMove[] moves = DeviceMove.All(linux);
            if (mayBeThere)
                moves = Array.FindAll(moves, move => !devices.HasMoved(move));
            RequireNamesFree(moves, devices.there);
            foreach (DeviceMove move in moves)
                devices.Move(move);
            return devices;
        }
        catch
        {
            devices.MoveBack(warn);
            devices.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Restores names, index numbers, addresses and whether the devices were up; routes are lost, except those to the addresses' own
    /// networks. What has taken a device's place meanwhile stays where it is.
    /// </summary>
    public void MoveBack(Action<string> warn)
    {
        for (int i = moved.Count - 1; i >= 0; i--)
        {
            NetworkDevice before = moved[i].Before;
            try
            {
                if (here.Find(before.Index)?.Name == before.Name)
                    continue; // it has not moved
                NetworkDevice device = there.Find(moved[i].Index) ?? throw new SysException("rtnetlink", before.Name, ENODEV);
                if (watch.Count(moved[i].Index) != 0)
                    throw Exchanged(before);
                int index = before.Index;
                SysError error = DevicePassage.TryMove(there, here, device, own, before.Name, ref index, out NetworkDevice? back);
                if (back is null)
                    throw error.On(before.Name).ToException();
                if (watch.Count(moved[i].Index) != 1) // since it was looked for
                {
                    int number = back.Index;
                    DevicePassage.TryMove(here, there, back, theirs, device.Name, ref number, out _);
                    throw Exchanged(before);
                }
                foreach (NetworkAddress address in moved[i].Addresses)
                    here.TryAdd(DevicePassage.Renamed(address, before.Name, before.Name), back); // link-local ones reappear by themselves
                if (before.IsUp)
                    here.TrySetUp(back);
            }
            catch (SysException e)
            {
                warn($"the network device {before.Name} cannot be moved back: {e.Message}");
            }
        }
        moved.Clear();
    }

    /// <summary>
    /// Others in a network namespace by path may have removed it and made another one, such as the end of a wire to themselves, which the
    /// host would get with its own device's name and addresses.
    /// </summary>
    private static SysException Exchanged(NetworkDevice before)
        => new("rtnetlink RTM_NEWLINK", $"{before.Name}, which somebody has removed from the container's network namespace,", ENODEV);

    /// <summary>
    /// The number that replaced a template is not recorded: if the device is not in the runtime's namespace, it is taken to have been
    /// moved.
    /// </summary>
    private bool HasMoved(DeviceMove move) => here.Find(move.Device) is null && (move.IsTemplate || there.Find(move.Name) is not null);

    private void Move(DeviceMove move)
    {
        NetworkDevice before = Require(here, move);
        List<NetworkAddress> addresses = here.Addresses(before);
        MovedDevice entry = new(before, addresses) { Index = before.Index };
        moved.Add(entry); // from here on it may have moved, whatever happens
        SysError error = DevicePassage.TryMove(here, there, before, theirs, move.Name, ref entry.Index, out NetworkDevice? after);
        if (error.Failed || after is null)
            throw Refused(move, "cannot move the network device", error);
        foreach (NetworkAddress address in addresses)
        {
            if (!address.IsPermanent || address.Scope != RT_SCOPE_UNIVERSE)
                continue;
            error = there.TryAdd(DevicePassage.Renamed(address, before.Name, after.Name), after);
            if (error.Failed)
                throw Refused(move, $"cannot give the network device its address {address} in the container", error);
        }
        error = there.TrySetUp(after);
        if (error.Failed)
            throw Refused(move, "cannot bring the network device up in the container", error);
    }

    private static NetworkDevice Require(Netlink here, DeviceMove move)
    {
        NetworkDevice? found = here.Find(move.Device);
        if (found is not { } device)
        {
            string message = $"{move.Pointer}: there is no network device {move.Device} in the runtime's network namespace";
            throw new ContainerException(ErrorCode.NetworkDeviceMissing, message) { Pointer = move.Pointer, Errno = ENODEV };
        }
        bool isLoopback = (device.Flags & (uint)IFF_LOOPBACK) != 0;
        if (isLoopback)
        {
            string message = $"{move.Pointer}: a loopback device cannot leave its network namespace";
            throw new ContainerException(ErrorCode.NetworkDeviceRefused, message) { Pointer = move.Pointer };
        }
        return device;
    }

    /// <summary>
    /// "If a network device with the specified name already exists in the container namespace, the runtime MUST generate an error".
    /// </summary>
    private static void RequireNamesFree(DeviceMove[] moves, Netlink there)
    {
        foreach (DeviceMove move in moves)
            if (!move.IsTemplate && there.Find(move.Name) is not null)
                throw new ContainerException(
                    ErrorCode.NetworkDeviceRefused, $"{move.Pointer}: the container's network namespace already has a device {move.Name}")
                {
                    Pointer = move.Pointer,
                    Errno = EEXIST,
                    Hint = "choose another name, or one that ends in %d, for which the kernel finds a free number",
                };
    }

    /// <summary>A socket belongs to the namespace that it is made in.</summary>
    private static T In<T>(Fd ns, Fd own, Func<T> make)
    {
        Sys.Setns(ns, CLONE_NEWNET, "the container's network namespace");
        try
        {
            return make();
        }
        finally
        {
            Sys.Setns(own, CLONE_NEWNET, "own network namespace");
        }
    }

    /// <summary>The former state of a device that is being moved, and its interface index in the container.</summary>
    private sealed class MovedDevice(NetworkDevice before, List<NetworkAddress> addresses)
    {
        public int Index;

        public NetworkDevice Before => before;

        public List<NetworkAddress> Addresses => addresses;
    }

    private static ContainerException Refused(DeviceMove move, string operation, SysError error)
    {
        string? hint = error.Errno switch
        {
            EPERM => "needs CAP_NET_ADMIN in the runtime's and in the container's network namespace",
            EEXIST => "the container's network namespace already has a device of that name",
            EINVAL => "devices that are bound to their network namespace cannot be moved",
            _ => null,
        };
        return ContainerException.From(
            ErrorCode.NetworkDeviceRefused, error.On(move.Device), $"{move.Pointer}: {operation}", move.Pointer, hint);
    }
}
