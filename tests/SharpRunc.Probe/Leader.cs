using System.Globalization;
using System.IO;
using System.Threading;

namespace SharpRunc.Probe;

using static SharpRunc.Linux.LibC.Libc;

/// <summary>A program that ends its first thread and lives on in another: /proc/PID/stat calls it a zombie.</summary>
internal static class Leader
{
    private const nint SysExit = 60;

    /// <param name="beat">A file whose number grows as long as it lives.</param>
    public static int Run(string beat)
    {
        new Thread(() =>
        {
            for (int count = 1; ; count++, Thread.Sleep(20))
                File.WriteAllText(beat, count.ToString(CultureInfo.InvariantCulture));
        }).Start();
        while (!File.Exists(beat))
            Thread.Sleep(5);
        return (int)syscall(SysExit); // of this thread alone
    }
}
