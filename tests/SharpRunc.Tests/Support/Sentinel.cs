using System;
using System.Collections.Generic;
using System.IO;
using System.Text;
using NUnit.Framework;
using SharpRunc.Linux;

namespace SharpRunc.Tests.Support;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A directory of the host that no container may touch: what is in it is compared, names, kinds, modes, owners and bytes.
/// </summary>
internal sealed class Sentinel : IDisposable
{
    private readonly TemporaryDirectory directory = new();
    private readonly string before;

    public Sentinel()
    {
        File.WriteAllText(directory["secret"], "HOST SECRET\n");
        File.WriteAllText(directory["ptmx"], "host ptmx\n");
        Directory.CreateDirectory(directory["sub"]);
        File.WriteAllText(directory["sub/file"], "host file\n");
        before = Snapshot();
    }

    public string Path => directory.Path;

    public string this[string name] => directory[name];

    /// <summary>What is in it now if that is not what was in it at first, or where it is mounted; else null.</summary>
    public string? Changes()
    {
        if (Snapshot() is var now && now != before)
            return now;
        string mounts = File.ReadAllText("/proc/self/mountinfo");
        return mounts.Contains(Path, StringComparison.Ordinal) ? mounts : null;
    }

    public void Dispose()
    {
        try
        {
            Assert.That(Snapshot(), Is.EqualTo(before), "the host's files were touched");
            Assert.That(File.ReadAllText("/proc/self/mountinfo"), Does.Not.Contain(Path));
        }
        finally
        {
            directory.Dispose();
        }
    }

    private string Snapshot()
    {
        StringBuilder lines = new();
        List<string> entries = [directory.Path, .. Directory.GetFileSystemEntries(Path, "*", SearchOption.AllDirectories)];
        entries.Sort(string.CompareOrdinal);
        foreach (string entry in entries)
        {
            using Fd fd = Sys.OpenAt(Fd.Cwd, entry, O_PATH | O_NOFOLLOW);
            Inode inode = Inode.Of(fd, entry);
            lines.Append($"{entry} {inode.Type:x} {inode.Mode:x} {inode.Uid}:{inode.Gid} {inode.Number}");
            if (inode.Type == S_IFREG)
                lines.Append(' ').Append(File.ReadAllText(entry));
            lines.Append('\n');
        }
        return lines.ToString();
    }
}
