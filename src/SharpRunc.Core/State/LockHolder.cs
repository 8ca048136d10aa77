using System;
using System.Globalization;
using SharpRunc.Linux;

namespace SharpRunc.Core.State;

/// <summary>Who holds a container's lock, without taking it: proc_locks(5).</summary>
internal static class LockHolder
{
    /// <returns>Its pid; 0: nobody, or a process that this PID namespace does not show.</returns>
    public static int Find(ContainerDirectory directory)
    {
        using Fd? file = Sys.TryOpenAt(directory.Fd, ContainerLock.Name, O_PATH | O_NOFOLLOW, out _);
        using Fd? locks = Sys.TryOpenAt(Fd.Cwd, "/proc/locks", O_RDONLY, out _);
        if (file is null || locks is null)
            return 0;
        return Parse(KernelText.Decode(Sys.ReadAll(locks, "/proc/locks")), Inode.Of(file, ContainerLock.Name));
    }

    /// <summary><c>1: FLOCK  ADVISORY  WRITE 1234 fd:00:5678 0 EOF</c>; those that wait have an arrow after the number.</summary>
    private static int Parse(string text, Inode wanted)
    {
        string file = $"{wanted.Device.Major.ToString("x2")}:{wanted.Device.Minor.ToString("x2")}:{wanted.Number.ToString()}";
        foreach (string line in text.Split('\n'))
            if (line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [_, "FLOCK", _, _, var pid, var inode, ..] && inode == file)
                return int.TryParse(pid, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
        return 0;
    }
}
