namespace SharpRunc.Core.Validation;

/// <summary>
/// The kernel's dev_t has 12 and 20 bits. A number beyond names no device, but the kernel's own parsers cut it, or take the highest of all for
/// every device.
/// </summary>
internal static class DeviceNumberRules
{
    private const int MaxMajor = 0xFFF, MaxMinor = 0xFFFFF;

    /// <param name="major">null, in a rule: every one.</param>
    /// <param name="minor">null, in a rule: every one.</param>
    /// <param name="pointer">To what has them as major and minor.</param>
    public static void Check(long? major, long? minor, string pointer)
    {
        if (major is < 0 or > MaxMajor)
            throw Rule.Broken($"{pointer}/major", $"expected an integer from 0 to {MaxMajor}; got {major}");
        if (minor is < 0 or > MaxMinor)
            throw Rule.Broken($"{pointer}/minor", $"expected an integer from 0 to {MaxMinor}; got {minor}");
    }
}
