using System;
using System.IO;
using SharpRunc.Linux;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>
/// A process of a container that may trace the others there: it stops the next one that it sees, takes copies of that one's sockets, and
/// speaks through them as if it were that one.
/// </summary>
internal static class Impostor
{
    private const int Ahead = 40;

    /// <param name="message">In hexadecimal.</param>
    /// <param name="enclosed">A file whose descriptor goes with it; - for none.</param>
    /// <param name="report">Gets the number of sockets that it was sent through.</param>
    /// <param name="ready">Is made when it begins to look.</param>
    public static int Run(string message, string enclosed, string report, string ready)
    {
        byte[] bytes = Convert.FromHexString(message);
        int[] descriptors = enclosed == "-" ? [] : [Sys.OpenAt(Fd.Cwd, enclosed, O_RDWR).Number];
        int self = Sys.GetPid(), pid = self;
        File.WriteAllText(ready, "");
        Fd? other = null;
        while (other is null)
        {
            pid = pid < self + Ahead ? pid + 1 : self + 1;
            other = Sys.TryPidfdOpen(pid, out _); // not of a thread of our own
        }
        int sent = 0;
        using (PidFd process = PidFd.Own(other))
        {
            process.Signal(SIGSTOP);
            for (int number = 3; number < 64; number++)
                sent += Speak(process, number, bytes, descriptors);
        }
        File.WriteAllText(report + ".new", sent.ToString());
        File.Move(report + ".new", report);
        Sys.TryKill(pid, SIGCONT);
        Sys.Poll([], -1);
        return 0;
    }

    private static int Speak(PidFd process, int number, byte[] bytes, int[] descriptors)
    {
        try
        {
            using Fd copy = process.CopyOf(number);
            return Inode.Of(copy, "copy").Type == S_IFSOCK && !Sys.TrySend(copy, bytes, descriptors).Failed ? 1 : 0;
        }
        catch (SysException)
        {
            return 0; // it has no such descriptor, or is gone
        }
    }
}
