using System;
using System.Collections.Generic;
using SharpRunc.Linux;

namespace SharpRunc.Core.Criu;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>criu's own account of a failure: its response says little more than no, and the reason is in its log.</summary>
internal static class CriuLog
{
    private const int TailBytes = 64 * 1024;
    private const int Lines = 3;

    /// <param name="path">The path of dump.log or restore.log.</param>
    public static ContainerException Explain(CriuResponse response, string path)
    {
        string[] errors = Errors(Tail(path));
        string reason = errors.Length > 0 ? string.Join("; ", errors) : response.ErrorMessage ?? strerror(response.Errno);
        string failed = $"criu failed: type {Name(response.Type)} errno {response.Errno}: {reason} (log file: {path})";
        return new(ErrorCode.CriuFailed, failed) { Errno = response.Errno };
    }

    /// <summary>The last lines that begin with Error, after their timestamp.</summary>
    public static string[] Errors(string log)
    {
        List<string> found = [];
        foreach (string line in log.Split('\n'))
            if (line.Contains("Error (", StringComparison.Ordinal))
                found.Add(line[line.IndexOf("Error (", StringComparison.Ordinal)..]);
        return found.Count > Lines ? [.. found[^Lines..]] : [.. found];
    }

    private static string Name(CriuRequest type) => type switch
    {
        CriuRequest.Dump => "DUMP",
        CriuRequest.SinglePreDump => "PRE_DUMP",
        CriuRequest.Restore => "RESTORE",
        _ => type.ToString(),
    };

    private static string Tail(string path)
    {
        using Fd? file = Sys.TryOpenAt(Fd.Cwd, path, O_RDONLY | O_NOFOLLOW, out _);
        if (file is null)
            return "";
        long size = (long)Sys.Statx(file, "", path).stx_size;
        Sys.Seek(file, Math.Max(0, size - TailBytes));
        return KernelText.Decode(Sys.ReadAll(file, path));
    }
}
