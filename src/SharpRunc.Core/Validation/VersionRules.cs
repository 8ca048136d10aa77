using System;
using SharpRunc.Core.Spec;

namespace SharpRunc.Core.Validation;

/// <summary>config.md#specification-version.</summary>
internal static class VersionRules
{
    private const string Pointer = "/ociVersion";

    /// <summary>"MUST be in SemVer v2.0.0 format"; another major version is a different specification.</summary>
    public static void MustBeSemVerOfOurMajor(string version, ValidationContext ctx)
    {
        ReadOnlySpan<char> rest = version;
        if (!Numbers(ref rest, out int major, out int minor) || !Suffix(ref rest, '-') || !Suffix(ref rest, '+') || !rest.IsEmpty)
            throw Rule.Broken(ErrorCode.ConfigVersion, Pointer,
                $"must be a version in SemVer 2.0.0 format, like {SpecVersion.Current}; got \"{version}\"");
        if (major != SpecVersion.Major)
            throw Rule.Broken(ErrorCode.ConfigVersion, Pointer, $"version {version} is not supported: only {SpecVersion.Major}.x is");
        if (minor > SpecVersion.Minor)
            ctx.Warnings.Add($"{Pointer}: {version} is newer than {SpecVersion.Current}: what it has added is ignored");
    }

    private static bool Numbers(ref ReadOnlySpan<char> rest, out int major, out int minor)
    {
        minor = 0;
        return Number(ref rest, out major) && Dot(ref rest)
            && Number(ref rest, out minor) && Dot(ref rest)
            && Number(ref rest, out int _);
    }

    private static bool Dot(ref ReadOnlySpan<char> rest)
    {
        if (!rest.StartsWith('.'))
            return false;
        rest = rest[1..];
        return true;
    }

    private static bool Number(ref ReadOnlySpan<char> rest, out int number)
    {
        int length = rest.IndexOfAnyExceptInRange('0', '9');
        ReadOnlySpan<char> digits = length < 0 ? rest : rest[..length];
        rest = rest[digits.Length..];
        number = 0;
        if (digits.IsEmpty || digits.Length > 9 || (digits.Length > 1 && digits[0] == '0'))
            return false;
        foreach (char digit in digits)
            number = number * 10 + (digit - '0');
        return true;
    }

    /// <summary>
    /// Optional: dot-separated, non-empty identifiers of letters, digits and hyphens; in a pre-release (<c>-</c>) a number has no leading
    /// zero.
    /// </summary>
    private static bool Suffix(ref ReadOnlySpan<char> rest, char mark)
    {
        if (!rest.StartsWith(mark))
            return true;
        int end = mark == '-' ? rest.IndexOf('+') : -1;
        ReadOnlySpan<char> suffix = end < 0 ? rest[1..] : rest[1..end];
        rest = rest[(suffix.Length + 1)..];
        foreach (Range range in suffix.Split('.'))
            if (!IsIdentifier(suffix[range]) || (mark == '-' && HasLeadingZero(suffix[range])))
                return false;
        return true;
    }

    private static bool IsIdentifier(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '-')
                return false;
        return !name.IsEmpty;
    }

    private static bool HasLeadingZero(ReadOnlySpan<char> name)
        => name.Length > 1 && name[0] == '0' && !name.ContainsAnyExceptInRange('0', '9');
}
