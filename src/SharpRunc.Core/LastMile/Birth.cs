using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using SharpRunc.Core.Messages;
using static SharpRunc.Linux.LibC.Libc;

namespace SharpRunc.Core.LastMile;

/// <summary>
/// How a process comes into a PID namespace that others are in. They see it from its first moment, and may stop, trace and read it as
/// far as their privileges reach. So all that is the host's stays outside: the process that was set up there joins every
/// namespace, takes the program's credentials and closes its descriptors; only then is its child born inside, with no privilege but the
/// program's and no memory but the binary's own and the last mile's: no heap, no stack of ours, no command line and no environment.
/// </summary>
internal static unsafe class Birth
{
    /// <summary>Bytes of the message that it writes.</summary>
    public static int MessageSize => sizeof(Born);

    /// <summary>Never returns: outside it ends here, and inside it goes on in <see cref="Mile.Finish"/>.</summary>
    public static void Give(LastMileData* data)
    {
        // Holes between the mappings are ENOMEM, once all has been done.
        for (int i = 0; i < data->ForgetCount; i++)
            if (syscall(SYS_madvise, data->Forget[i].Start, data->Forget[i].Length, MADV_DONTFORK) != 0 && errno != ENOMEM)
                Mile.Fail(data, Stage.Birth);
        // A change of ids resets it to what fs.suid_dumpable says.
        if (syscall(SYS_prctl, PR_SET_DUMPABLE, 0) != 0)
            Mile.Fail(data, Stage.Birth);
        // The raw clone(2), not clone3(2), which profiles refuse since they cannot look at its flags.
        int pid = clone(&Begin, data->Stack, (int)CLONE_PARENT | SIGCHLD, data, null, null, null);
        if (pid < 0)
            Mile.Fail(data, Stage.Birth);
        Born message;
        message.Kind = (byte)Message.Born;
        message.Pid = pid;
        syscall(SYS_write, data->Channel, (nint)(&message), sizeof(Born));
        Mile.Exit(0);
    }

    /// <summary>Inside. The runtime says go once it knows us; if it is gone, so are we.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Begin(void* argument)
    {
        LastMileData* data = (LastMileData*)argument;
        syscall(SYS_prctl, PR_SET_PDEATHSIG, SIGKILL);
        syscall(SYS_setsid);
        if (data->TakesTerminal != 0 && syscall(SYS_ioctl, 0, TIOCSCTTY, 0) != 0)
            Mile.Fail(data, Stage.Terminal);
        if (data->ProcessLimit != null && syscall(SYS_prlimit64, 0, RLIMIT_NPROC, (nint)data->ProcessLimit) != 0)
            Mile.Fail(data, Stage.ProcessLimit);
        byte go;
        if (syscall(SYS_read, data->Channel, (nint)(&go), 1) != 1)
            Mile.Exit(1);
        Mile.Finish(data);
        return 1;
    }
}
