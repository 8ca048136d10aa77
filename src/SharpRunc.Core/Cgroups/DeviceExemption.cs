using System;
using System.Globalization;

namespace SharpRunc.Core.Cgroups;

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
