using System;
using SharpRunc.Core.Spec;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Linux;

namespace SharpRunc.Core.Validation;

/// <summary>
/// config-linux.md#network-devices: names must be valid for the kernel (dev_valid_name) and unique, and there must be a namespace to move
/// the devices to.
/// </summary>
internal static class NetDeviceRules
{
    private const string Pointer = "/linux/netDevices", Template = "%d";

    private const int MaxName = 15;

    public static void Check(Spec.Linux linux, ValidationContext ctx)
    {
        if (linux.NetDevices.Length == 0)
            return;
        MovingNeedsANetworkNamespaceAndPrivilege(linux, ctx);
        for (int i = 0; i < linux.NetDevices.Length; i++)
        {
            (string device, string? name) = linux.NetDevices[i];
            string pointer = $"{Pointer}/{JsonPointer.Escape(device)}";
            NameMustBePossible(pointer, device);
            bool isNumbered = name is not null && name.EndsWith(Template, StringComparison.Ordinal);
            NameMustBePossible($"{pointer}/name", isNumbered ? name![..^Template.Length] + "00" : name ?? device);
            NameMustNotRepeat(linux, i, name is null ? pointer : $"{pointer}/name");
        }
    }

    private static void NameMustNotRepeat(Spec.Linux linux, int index, string pointer)
    {
        string target = Target(linux, index);
        if (target.EndsWith(Template, StringComparison.Ordinal))
            return;
        for (int other = 0; other < index; other++)
            if (target == Target(linux, other))
                throw Rule.Broken(pointer, $"two devices would be \"{target}\" in the container, {linux.NetDevices[other].Key} too");
    }

    private static string Target(Spec.Linux linux, int index) => linux.NetDevices[index].Value ?? linux.NetDevices[index].Key;

    private static void MovingNeedsANetworkNamespaceAndPrivilege(Spec.Linux linux, ValidationContext ctx)
    {
        if (NamespaceRules.Find(linux, NamespaceType.Network) is not { } entry)
            throw Rule.Broken(Pointer, "moving network devices needs a network namespace of the container's own");
        if (entry.Path is not null && ctx.HostNetwork)
            throw Rule.Broken(Pointer, $"the devices are in {entry.Path} already: it is the runtime's own network namespace");
        if (ctx.Unprivileged)
            throw Rule.Broken(Pointer, "a rootless container cannot have network devices of the host");
    }

    /// <summary>A % anywhere but in a %d at the end would be taken for a template by mistake.</summary>
    private static void NameMustBePossible(string pointer, string name)
    {
        bool possible = name is not ("" or "." or "..") && KernelText.Length(name) <= MaxName;
        foreach (char c in name)
            possible &= c is not ('/' or ':' or '%') && !char.IsWhiteSpace(c) && !char.IsControl(c);
        if (!possible)
            throw Rule.Broken(pointer, $"\"{name}\" cannot be the name of a network device: 1 to {MaxName} bytes, "
                + "no /, : or white space, % only as %d at the end of a new name");
    }
}
