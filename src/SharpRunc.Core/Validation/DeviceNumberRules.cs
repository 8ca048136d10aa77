namespace SharpRunc.Core.Validation;

/// <summary>
/// The kernel's dev_t has 12 bits for the major and 20 for the minor. A larger number names no device, but the kernel's own parsers
/// truncate it, or replace it by the maximum.
/// </summary>
internal static class DeviceNumberRules
{
    private const int MaxMajor = 0xFFF, MaxMinor = 0xFFFFF;

    /// <param name="major">null, in a rule: all.</param>
    /// <param name="minor">null, in a rule: all.</param>
    /// <param name="pointer">Points to the object that has major and minor.</param>
    public static void Check(long? major, long? minor, string pointer)
    {
        if (major is < 0 or > MaxMajor)
            throw Rule.Broken($"{pointer}/major", $"expected an integer from 0 to {MaxMajor}; got {major}");
        if (minor is < 0 or > MaxMinor)
            throw Rule.Broken($"{pointer}/minor", $"expected an integer from 0 to {MaxMinor}; got {minor}");
    }
}
