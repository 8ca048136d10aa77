using System;
using SharpRunc.Linux;

namespace SharpRunc.Core.Lifecycle;

/// <summary>
/// Linux 5.14 has openat2, clone3, close_range, mount_setattr, cgroup.kill and CLONE_INTO_CGROUP, so there is one implementation of
/// everything and no fallbacks.
/// </summary>
internal static class KernelFloor
{
    public const int Major = 5, Minor = 14;

    public static void Check()
    {
        string release = Sys.KernelRelease();
        if (!IsEnough(release))
            throw new ContainerException(
                ErrorCode.HostKernel, $"this is Linux {release}; {RuntimeContext.Name} needs {Major}.{Minor} or later");
    }

    /// <param name="release">uname(2): <c>6.1.0-13-amd64</c>.</param>
    public static bool IsEnough(ReadOnlySpan<char> release)
    {
        Span<Range> parts = stackalloc Range[3];
        if (release.Split(parts, '.') < 2 || !int.TryParse(release[parts[0]], out int major))
            return true; // an unknown numbering is newer than this program
        ReadOnlySpan<char> second = release[parts[1]];
        int digits = 0;
        while (digits < second.Length && char.IsAsciiDigit(second[digits]))
            digits++;
        return major > Major || major == Major && int.TryParse(second[..digits], out int minor) && minor >= Minor;
    }
}
