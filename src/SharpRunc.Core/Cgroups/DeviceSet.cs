using System;
using System.Collections.Generic;
using System.Globalization;
using SharpRunc.Core.Spec;
using SharpRunc.Linux;

namespace SharpRunc.Core.Cgroups;

/// <summary>
/// The result of applying config-linux.md#allowed-device-list in order, in the form that the v1 kernel keeps (a default and exceptions to
/// it), so that v1 and v2 allow exactly the same.
/// </summary>
/// <remarks>
/// Differs from v1's files in one way: a rule also removes the exceptions that lie wholly inside it. For allow c 1:3 then deny c *:*, the
/// kernel would leave 1:3 open, contrary to "MUST be applied in order".
/// </remarks>
internal sealed class DeviceSet
{
    /// <summary>
    /// Whether all but the exceptions is allowed; otherwise all but the exceptions is denied, which is a container's initial state.
    /// </summary>
    public bool AllowsByDefault { get; private set; }

    public List<DeviceExemption> Exemptions { get; } = [];

    public bool AllowsAll => AllowsByDefault && Exemptions.Count == 0;

    /// <summary>
    /// Only root in the initial user namespace may. Other users cannot create device nodes either: they reach only nodes of the host,
    /// through bind mounts and subject to the host's permissions.
    /// </summary>
    public static bool CanBeEnforced => Sys.GetEuid() == 0 && !UserNamespace.IsNested();

    /// <param name="nodes">linux.devices: an entry at a default node's path replaces that node, its rule included.</param>
    /// <exception cref="ContainerException">A rule cannot be expressed in this form.</exception>
    public static DeviceSet From(DeviceRule[] rules, Device[] nodes)
    {
        DeviceSet set = new();
        set.Begin();
        for (int i = 0; i < rules.Length; i++)
            set.Apply(rules[i], i);
        // Readers of devices.list find the requested entries first, in the requested order.
        foreach (DeviceExemption usual in set.unasked)
            if (set.Exemptions.Remove(usual))
                set.Exemptions.Add(usual);
        foreach ((string? path, DeviceExemption rule) in Demanded)
            if (path is null || !HasNode(nodes, path))
                set.Apply(rule, allow: true, pointer: null);
        return set;
    }

    /// <summary>config-linux.md#default-devices must work regardless of the rules.</summary>
    private static readonly (string? Node, DeviceExemption Rule)[] Demanded =
    [
        ("/dev/null", new('c', 1, 3, DeviceAccess.All)),
        ("/dev/random", new('c', 1, 8, DeviceAccess.All)),
        ("/dev/full", new('c', 1, 7, DeviceAccess.All)),
        ("/dev/tty", new('c', 5, 0, DeviceAccess.All)),
        ("/dev/zero", new('c', 1, 5, DeviceAccess.All)),
        ("/dev/urandom", new('c', 1, 9, DeviceAccess.All)),
        (null, new('c', 136, null, DeviceAccess.All)), // pseudo-terminals
        (null, new('c', 5, 2, DeviceAccess.All)),      // /dev/ptmx
    ];

    /// <summary>
    /// Not required by the specification, but expected by images: creating nodes, which is harmless where opening them is not allowed, and
    /// /dev/net/tun. They come before the rules, and again after a rule that denies all, so that a later rule can deny what it names.
    /// </summary>
    private static readonly DeviceExemption[] Usual =
    [
        new('c', null, null, DeviceAccess.Mknod),
        new('b', null, null, DeviceAccess.Mknod),
        new('c', 10, 200, DeviceAccess.All),
    ];

    // Those of the usual exceptions that no rule has asked for.
    private readonly List<DeviceExemption> unasked = [];

    private void Begin()
    {
        Exemptions.Clear();
        unasked.Clear();
        if (AllowsByDefault)
            return;
        Exemptions.AddRange(Usual);
        unasked.AddRange(Usual);
    }

    private void Apply(DeviceRule rule, int index)
    {
        string pointer = CgroupPlan.At($"devices/{index}");
        if (rule.Type == 'a')
        {
            AllowsByDefault = rule.Allow;
            Begin();
            return;
        }
        uint? major = Number(rule.Major, pointer + "/major"), minor = Number(rule.Minor, pointer + "/minor");
        DeviceExemption exception = new(rule.Type == 'u' ? 'c' : rule.Type, major, minor, Access(rule.Access));
        if (exception.Type is not ('b' or 'c'))
            throw new ContainerException(ErrorCode.ConfigValue, $"device type {rule.Type}: expected one of a, b, c, u")
            {
                Pointer = pointer + "/type",
            };
        if (exception.Access != DeviceAccess.None)
            Apply(exception, rule.Allow, pointer);
    }

    private void Apply(DeviceExemption rule, bool allow, string? pointer)
    {
        if (allow == AllowsByDefault)
            Remove(rule, pointer);
        else
            Add(rule);
    }

    private void Add(DeviceExemption rule)
    {
        for (int i = 0; i < Exemptions.Count; i++)
            if (Exemptions[i].SameDevices(rule))
            {
                DeviceExemption both = rule with { Access = rule.Access | Exemptions[i].Access };
                if (!unasked.Remove(Exemptions[i]))
                {
                    Exemptions[i] = both;
                    return;
                }
                Exemptions.RemoveAt(i);
                rule = both;
                break;
            }
        Exemptions.Add(rule);
    }

    private void Remove(DeviceExemption rule, string? pointer)
    {
        for (int i = Exemptions.Count - 1; i >= 0; i--)
        {
            DeviceExemption exception = Exemptions[i];
            if (rule.Covers(exception))
            {
                DeviceAccess left = exception.Access & ~rule.Access;
                if (left == DeviceAccess.None)
                    Exemptions.RemoveAt(i);
                else
                    Exemptions[i] = exception with { Access = left };
            }
            else if (Overlap(exception, rule) && (exception.Access & rule.Access) != 0)
            {
                // This form cannot express a hole, and neither can the v1 kernel: nodes can still be created, but not opened.
                if (unasked.Contains(exception))
                    continue;
                throw new ContainerException(
                    ErrorCode.CgroupDevices, $"device rule {rule}: cannot punch hole in existing wildcard rule {exception}")
                {
                    Pointer = pointer ?? CgroupPlan.At("devices"),
                    Hint = "list the devices that the wildcard should cover one by one",
                };
            }
        }
    }

    private static bool Overlap(DeviceExemption a, DeviceExemption b)
        => a.Type == b.Type
            && (a.Major is null || b.Major is null || a.Major == b.Major)
            && (a.Minor is null || b.Minor is null || a.Minor == b.Minor);

    private static bool HasNode(Device[] nodes, string path)
    {
        foreach (Device node in nodes)
            if (LexicalPath.Clean(node.Path) == path)
                return true;
        return false;
    }

    /// <summary>Absent and −1 mean every number.</summary>
    private static uint? Number(long? number, string pointer)
        => number switch
        {
            null or -1 => null,
            >= 0 and <= uint.MaxValue => (uint)number.Value,
            _ => throw new ContainerException(ErrorCode.ConfigValue, $"device number {number} is out of range") { Pointer = pointer },
        };

    private static DeviceAccess Access(string access)
    {
        DeviceAccess bits = DeviceAccess.None;
        foreach (char letter in access)
            bits |= letter switch
            {
                'r' => DeviceAccess.Read,
                'w' => DeviceAccess.Write,
                'm' => DeviceAccess.Mknod,
                _ => DeviceAccess.None, // validation has reported it
            };
        return bits;
    }
}

/// <summary>Access to a device: mknod(2), opening for reading, opening for writing. The values are BPF_DEVCG_ACC_….</summary>
[Flags]
internal enum DeviceAccess : byte { None, Mknod = 1, Read = 2, Write = 4, All = 7 }

/// <summary>Devices that are treated differently from all others.</summary>
/// <param name="Type">b or c.</param>
/// <param name="Major">null: all.</param>
/// <param name="Minor">null: all.</param>
internal readonly record struct DeviceExemption(char Type, uint? Major, uint? Minor, DeviceAccess Access)
{
    /// <summary>Whether it covers every device that the other one covers.</summary>
    public bool Covers(DeviceExemption other)
        => Type == other.Type && (Major is null || Major == other.Major) && (Minor is null || Minor == other.Minor);

    public bool SameDevices(DeviceExemption other) => Type == other.Type && Major == other.Major && Minor == other.Minor;

    /// <summary>Reads a line of devices.list; null: it is about all devices.</summary>
    public static DeviceExemption? Parse(string line)
    {
        string[] words = line.Split(' ', ':');
        if (words is not [['b' or 'c'], var major, var minor, var letters])
            return null;
        DeviceAccess access = DeviceAccess.None;
        foreach (char letter in letters)
            access |= letter == 'r' ? DeviceAccess.Read : letter == 'w' ? DeviceAccess.Write : DeviceAccess.Mknod;
        return new(words[0][0], Number(major), Number(minor), access);
    }

    /// <summary>A subset of the letters r w m.</summary>
    public string AccessText => Text(Access);

    /// <summary>The format of devices.allow and devices.deny: <c>c 1:3 rwm</c>, <c>b *:* m</c>.</summary>
    public override string ToString() => $"{Type} {Text(Major)}:{Text(Minor)} {Text(Access)}";

    private static uint? Number(string text)
        => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint number) ? number : null;

    private static string Text(uint? number) => number is { } given ? given.ToString(CultureInfo.InvariantCulture) : "*";

    private static string Text(DeviceAccess access)
    {
        string read = (access & DeviceAccess.Read) != 0 ? "r" : "";
        string write = (access & DeviceAccess.Write) != 0 ? "w" : "";
        string mknod = (access & DeviceAccess.Mknod) != 0 ? "m" : "";
        return read + write + mknod;
    }
}
