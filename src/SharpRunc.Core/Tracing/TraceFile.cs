using System;
using System.Text;
using SharpRunc.Core.Spec;
using SharpRunc.Core.State;
using SharpRunc.Linux;

namespace SharpRunc.Core.Tracing;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// Where a trace is written when the command ends: a file that the caller names, opened before anything is made, or a new one in a
/// directory.
/// </summary>
internal sealed class TraceFile : IDisposable
{
    /// <summary>For a caller that cannot pass a flag.</summary>
    public const string Variable = "SHARPRUNC_TRACE";

    private const uint FileMode = Modes.O600, OthersMode = 0x3F;
    private const int LongestId = 64;

    private readonly Fd place;
    private readonly string path;
    private readonly bool isDirectory;

    private TraceFile(Fd opened, string path, bool isDirectory)
    {
        using (opened)
            place = InheritedFds.Copy(opened);
        this.path = path;
        this.isDirectory = isDirectory;
    }

    public void Dispose() => place.Dispose();

    /// <summary>--trace. Judged as the log is, but that only a file keeps what is written.</summary>
    public static TraceFile Open(string path)
    {
        const string What = "--trace";
        Fd? file = TrustedPath.TryOpenFile(path, "the trace", O_WRONLY | O_CREAT | O_NONBLOCK | O_NOCTTY, FileMode, out SysError error);
        if (error.Errno == ENXIO) // a FIFO without a reader, or a socket
            throw new ContainerException(ErrorCode.UsageFile, $"{What}: {path} is not a file");
        if (file is null)
            throw ContainerException.From(ErrorCode.UsageFile, error, What);
        Inode inode = Inode.Of(file, path);
        if (inode.Type == S_IFREG)
            return new(file, path, isDirectory: false);
        file.Dispose();
        throw new ContainerException(ErrorCode.UsageFile, $"{What}: {path} is {inode.Kind}, but must be a file");
    }

    /// <summary>
    /// $SHARPRUNC_TRACE. Whoever sets the variable must not make us write where others read commands: only into a directory that is nobody
    /// else's in any way, as none that programs read their configuration from is.
    /// </summary>
    public static TraceFile OpenDirectory(string path)
    {
        Fd directory = TrustedPath.TryOpen(path, "the directory of traces", O_RDONLY, out SysError error)
            ?? throw ContainerException.From(ErrorCode.UsageFile, error, "$" + Variable);
        Inode inode = Inode.Of(directory, path);
        if (inode.Uid == Sys.GetEuid() && (inode.Mode & OthersMode) == 0)
            return new(directory, path, isDirectory: true);
        directory.Dispose();
        throw new ContainerException(
            ErrorCode.StateUntrusted, $"${Variable}: {path} must belong to the caller alone, and other users may have no access")
        {
            Hint = $"mkdir -m 700 {path}",
        };
    }

    /// <summary>Begins to record.</summary>
    public void Begin() => Trace.Begin(place);

    /// <summary>Ends that, and writes what was recorded. The command ends as it would without.</summary>
    /// <param name="command">All of it but what was recorded.</param>
    public void Write(RuntimeContext context, TracedCommand command)
    {
        try
        {
            TracedCommand traced = command with
            {
                Steps = Trace.End(command.Error is not null, out int childPid, out int dropped),
                ChildPid = childPid,
                Dropped = dropped,
            };
            ReadOnlyMemory<byte> json = TraceJson.Write(traced);
            using Fd? made = isDirectory ? Make(traced) : null;
            if (made is null)
                Sys.Ftruncate(place, 0, path);
            Sys.Write(made ?? place, json.Span, path);
        }
        catch (SysException e)
        {
            context.Warn($"the trace is not written: {e.Message}");
        }
    }

    /// <summary>A file that nobody has made before: time, command, pid, id.</summary>
    private Fd Make(TracedCommand traced)
    {
        string time = Rfc3339.Nano(Sys.RealtimeNanoseconds() / 1_000_000 * 1_000_000).Replace(":", "", StringComparison.Ordinal);
        string name = $"{time}-{traced.Command}-{traced.Pid}-{Plain(traced.Id)}.json";
        return Sys.OpenAt(place, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FileMode);
    }

    /// <summary>An id that was not checked yet.</summary>
    private static string Plain(string id)
    {
        StringBuilder plain = new();
        foreach (char c in id.AsSpan(0, Math.Min(id.Length, LongestId)))
            plain.Append(char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '+' ? c : '_');
        return plain.ToString();
    }
}

/// <summary>The caller's span: W3C Trace Context, 3.2, which the environment carries in capital letters.</summary>
internal static class TraceParent
{
    private const int Length = 55, VersionEnd = 2, TraceEnd = 35, ParentEnd = 52;

    /// <summary>null: there is none, or it is not valid.</summary>
    public static string? FromEnvironment()
        => Valid(ProcessStrings.Variable("TRACEPARENT")) ?? Valid(ProcessStrings.Variable("traceparent"));

    /// <summary><c>00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01</c>; a later version may have more fields.</summary>
    public static string? Valid(string? text)
    {
        if (text is null || text.Length < Length || text.StartsWith("ff", StringComparison.Ordinal)
            || text.Length > Length && (text.StartsWith("00", StringComparison.Ordinal) || text[Length] != '-'))
            return null;
        for (int i = 0; i < Length; i++)
            if (i is VersionEnd or TraceEnd or ParentEnd ? text[i] != '-' : !char.IsAsciiHexDigitLower(text[i]))
                return null;
        bool isNone = !text.AsSpan(VersionEnd + 1, TraceEnd - VersionEnd - 1).ContainsAnyExcept('0')
            || !text.AsSpan(TraceEnd + 1, ParentEnd - TraceEnd - 1).ContainsAnyExcept('0');
        return isNone ? null : text[..Length];
    }
}
