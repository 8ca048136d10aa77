using System;
using System.Globalization;
using SharpRunc.Core.Spec.Json;
using SharpRunc.Core.Validation;
using SharpRunc.Linux;

namespace SharpRunc.Core.Checking;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// config-linux.md#sysctl: whether this kernel has the file, lets it be written, and takes a value of that kind. The runtime's namespaces
/// are looked at: those of the container are not there yet.
/// </summary>
internal sealed class SysctlCheck(HostFindings found)
{
    private const uint Writable = 0x92; // 0222

    public void Run()
    {
        foreach ((string key, string value) in found.Config.Linux.Sysctl)
            Check(key, value, SysctlRules.PathOf(key));
    }

    private void Check(string key, string value, string path)
    {
        string pointer = "/linux/sysctl/" + JsonPointer.Escape(key), file = "/proc/sys/" + path;
        using Fd? there = Sys.TryOpenAt(Fd.Cwd, file, O_PATH, out SysError error);
        if (there is null && error.Errno == ENOENT && IsOfAnInterface(path))
            found.Warn(pointer, $"there is no {file} in the runtime's namespaces, and the container's may have another device");
        else if (there is null && error.Errno == ENOENT)
            found.Error(ErrorCode.ProcessSysctl, pointer, $"sysctl \"{key}\" does not exist: this kernel has no {file}", ENOENT);
        if (there is null)
            return;
        if (Inode.Known(there, file) is { IsDirectory: true })
            found.Error(ErrorCode.ProcessSysctl, pointer, $"sysctl \"{key}\" does not exist: {file} is a directory", EISDIR);
        else if ((Inode.Known(there, file).Mode & Writable) == 0)
            found.Error(ErrorCode.ProcessSysctl, pointer, $"sysctl \"{key}\" cannot be set: {file} is read-only", EACCES);
        else if (HostFindings.Read(file) is { } present && !IsLike(present, value))
            found.Error(
                ErrorCode.ProcessSysctl, pointer,
                $"cannot set sysctl {key} to \"{value}\", a value that the kernel does not accept", EINVAL,
                $"in the runtime's namespaces it is {present.Trim().Replace('\t', ' ')}");
    }

    /// <summary>net/ipv4/conf/eth0/forwarding.</summary>
    private static bool IsOfAnInterface(string path) => path.Split('/') is ["net", _, "conf" or "neigh", _, ..];

    /// <summary>Where the kernel has numbers it takes no other words, as proc_dointvec reads them.</summary>
    private static bool IsLike(string present, string value)
    {
        string[] were = Words(present), are = Words(value);
        Int128 most = ulong.MaxValue;
        foreach (string word in were)
            if (!TryParse(word, out _))
                return true;
        if (value.Length > 0 && are.Length == 0)
            return were.Length == 0;
        for (int i = 0; i < Math.Min(were.Length, are.Length); i++)
            if (!TryParse(are[i], out Int128 number) || number > most || number < long.MinValue)
                return false;
        return true;
    }

    private static string[] Words(string text)
        => text.Split((char[])[' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries);

    private static bool TryParse(string word, out Int128 number)
    {
        ReadOnlySpan<char> digits = word.StartsWith('-') ? word.AsSpan(1) : word;
        if (digits.StartsWith("0x", StringComparison.OrdinalIgnoreCase))
            return Int128.TryParse(string.Concat("0", digits[2..]), NumberStyles.AllowHexSpecifier, null, out number);
        return Int128.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number) && !word.StartsWith('+');
    }
}
