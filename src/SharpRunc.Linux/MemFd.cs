using System;

namespace SharpRunc.Linux;

/// <summary>A file in memory: a hook's standard input, or the store for its output.</summary>
internal static unsafe class MemFd
{
    /// <summary>A file with this content, positioned at its start.</summary>
    public static Fd Holding(string name, ReadOnlySpan<byte> content)
    {
        Fd file = Sys.MemfdCreate(name, 1 /* MFD_CLOEXEC */);
        Sys.Write(file, content, name);
        Sys.Seek(file, 0);
        return file;
    }
}
