using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Linux;

// The threads of this process.
internal static unsafe partial class Sys
{
    /// <summary>
    /// Every thread but this one sleeps for good, with all signals blocked: what is sent to the process from now on is this one's alone. The language's
    /// runtime has one more, for finalizers, and there are none. To have one block its signals would take a collection, a tenth of an exec.
    /// </summary>
    public static void SleepOtherThreads()
    {
        // A thread takes its own signals before the process's, and the handler, behind a full mask, never returns (x86_64 wants to know where to, all the same).
        delegate*<int> sleep = &pause;
        nint* action = stackalloc nint[4] { (nint)sleep, SA_RESTORER, (nint)sleep, -1 };
        Call("rt_sigaction", "SIGRTMAX", SYS_rt_sigaction, SIGRTMAX, (nint)action, 0, sizeof(ulong));
        using Fd? threads = TryOpenAt(Fd.Cwd, "/proc/self/task", O_RDONLY | O_DIRECTORY, out _);
        if (threads is null)
            return; // without a /proc a signal may end us, as it does before we wait
        int self = GetPid();
        foreach (string name in ReadDirectory(threads, "/proc/self/task"))
            if (int.Parse(name) is var thread && thread != self)
                Call("tgkill", name, SYS_tgkill, self, thread, SIGRTMAX);
    }
}
